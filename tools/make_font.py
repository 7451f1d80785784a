"""Cut Noto Sans SC down to what PDF files need: all its characters, without hints and what only shaping reads.

Give it the static regular TrueType file of the family: `python tools/make_font.py NotoSansSC-Regular.ttf`.
"""

import sys
from pathlib import Path

from fontTools import subset

TARGET = Path(__file__).parents[1] / "crm_app/core/fonts/NotoSansSC-Regular.ttf"


def main(source: str) -> None:
    """Write the font."""
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "STAT", "DSIG"]
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=set(font.getBestCmap() or ()))
    cutter.subset(font)
    font.save(TARGET)


if __name__ == "__main__":
    main(sys.argv[1])
