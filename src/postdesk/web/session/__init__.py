"""Who may open which page, from which address, and the frame around every page."""
