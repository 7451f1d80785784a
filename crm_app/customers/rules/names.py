"""What of a company's name is told by an index, to find those alike (R2.2)."""

from itertools import pairwise

from crm_app.core.text import split_company_name


def telling_parts(name: str) -> tuple[str, ...]:
    """Parts of a company's name of which a name 80 % alike has at least one unchanged.

    That much alike lets one in four characters of the brand differ (an added one lengthens it): cut into one part more
    than that, at least one part is left whole.
    """
    company = split_company_name(name)
    runs = _runs(company.brand, company.normalised)
    cuts = len(company.brand) // 4
    parts: list[str] = []
    for run in runs:
        count = -(-(cuts + 1) * len(run) // max(1, len(company.brand)))
        edges = [len(run) * i // count for i in range(count + 1)]
        parts += [run[a:b] for a, b in pairwise(edges)]
    return tuple(dict.fromkeys(part for part in parts if len(part) > 1))


def _runs(brand: str, text: str) -> list[str]:
    """The brand as the pieces that stand together in the text: between them was a word that tells little."""
    runs: list[str] = []
    at = -1
    for char in brand:
        found = text.index(char, at + 1)
        if runs and found == at + 1:
            runs[-1] += char
        else:
            runs.append(char)
        at = found
    return runs
