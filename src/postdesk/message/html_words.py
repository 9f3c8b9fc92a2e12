"""Names of HTML elements and style properties, by what is done with them. Data only."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a mail may show.
ALLOWED_TAGS = _names(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col"
    " colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6"
    " header hr i img ins kbd li main mark ol p pre q rp rt ruby s samp section small span"
    " strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)

# Removed together with all that stands inside.
REMOVED_TAGS = _names(
    "script style title template iframe object embed applet noembed noframes noscript svg"
    " math audio video canvas frameset select xmp plaintext"
)

# No property that can hold an address, and none that leaves its place on the page.
ALLOWED_STYLES = _names(
    "background-color border border-bottom border-bottom-color border-bottom-style"
    " border-bottom-width border-collapse border-color border-left border-left-color"
    " border-left-style border-left-width border-radius border-right border-right-color"
    " border-right-style border-right-width border-spacing border-style border-top"
    " border-top-color border-top-style border-top-width border-width clear color direction"
    " display float font font-family font-size font-style font-variant font-weight height"
    " letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right"
    " margin-top max-height max-width min-height min-width padding padding-bottom padding-left"
    " padding-right padding-top table-layout text-align text-decoration text-indent"
    " text-transform vertical-align white-space width word-break word-spacing word-wrap"
    " overflow-wrap"
)

# Start tags that parsers look for up the whole stack of open elements: quadratic.
STACKED_TAGS = _names(
    "div ul ol dl li dd dt section article aside center blockquote details dir fieldset"
    " figure footer header main menu nav pre listing summary address hgroup search dialog"
)

# Elements that parsers open again in each block, when nobody has closed them.
FORMATTING_TAGS = _names("b big code em font i s small strike strong tt u nobr")

# Elements whose content nobody reads in a mail.
UNSEEN_TAGS = _names(
    "-comment applet audio canvas embed frameset head iframe link math meta noembed noframes"
    " noscript object option script select style svg template textarea title video"
)

# Elements that begin a new line.
BLOCK_TAGS = _names(
    "address article aside body center dd details div dl dt fieldset figcaption figure footer"
    " form header hr html legend li main nav ol section summary table tbody tfoot thead tr ul"
)

# Elements with a blank line around them.
PARAGRAPH_TAGS = _names("blockquote h1 h2 h3 h4 h5 h6 p pre")
