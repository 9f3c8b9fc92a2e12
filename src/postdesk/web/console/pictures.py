"""Which files of a mail are shown in place."""

# Pictures that browsers draw without running anything; SVG is a program, not a picture
RASTER_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
