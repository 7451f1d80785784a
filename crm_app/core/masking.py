"""How personal data looks to those without the right to see it in full (R10.3)."""

import re

_MASKED = re.compile(r"\*{3,}|^\*$|^.\*$")


def mask_mobile(value: str) -> str:
    """138****5678; what is not an 11-digit number keeps at most a quarter at each end."""
    if len(value) == 11:
        return f"{value[:3]}****{value[-4:]}"
    shown = len(value) // 4
    return f"{value[:shown]}****{value[len(value) - shown :]}"


def mask_landline(value: str) -> str:
    """0755-****5678: the area and the last four stay, an extension goes."""
    found = re.fullmatch(r"(0\d{2,3})-(\d{7,8})(?:-\d+)?", value)
    if found:
        return f"{found[1]}-****{found[2][-4:]}"
    if found := re.fullmatch(r"([48]00)-?\d{3}-?(\d{4})(?:-\d+)?", value):
        return f"{found[1]}-***-{found[2]}"
    return mask_mobile(value)


def mask_email(value: str) -> str:
    """l***g@company.com; the last letter of a one- or two-letter local part is hidden too."""
    local, at, domain = value.rpartition("@")
    if not at:
        return "***"
    if len(local) < 2:
        return f"***@{domain}"
    last = local[-1] if len(local) > 2 else ""
    return f"{local[0]}***{last}@{domain}"


def mask_name(value: str) -> str:
    """张*, whatever the length: the number of characters would give some names away."""
    return f"{value[0]}*" if len(value) > 1 else "*"


def looks_masked(value: str) -> bool:
    """Whether a value was masked for display, so that saving it back would destroy the original."""
    return bool(_MASKED.search(value.strip()))
