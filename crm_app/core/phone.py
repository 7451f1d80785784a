"""Mobile numbers, landlines and e-mail addresses: from what was typed to one normal form."""

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, fold_width

# Segments given out by the ministry; phonenumbers knows some later ones, and leaves out the data and IoT cards.
_MOBILE_SEGMENT = re.compile(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])")
_SEPARATORS = re.compile(r"[\s.()/\-‐‑‒–—―−]+")
_CHINA_PREFIX = re.compile(r"^(?:\+86|0086)|^86(?=1\d{10}$)")
_AREA_CODE = re.compile(r"0(?:10|2\d|[3-9]\d{2})")
_SERVICE_NUMBER = re.compile(r"(?:400|800)\d{7}")
_EXTENSION = re.compile(r"(?:转|ext\.?|x|#|-(?=\d{1,6}$)(?<=\d{7}-))\s*(\d{1,6})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mobile:
    digits: str

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True)
class Landline:
    """A fixed line; a 400/800 number has no area code."""

    area: str
    number: str
    extension: str = ""

    def __str__(self) -> str:
        if not self.area:
            number = f"{self.number[:3]}-{self.number[3:6]}-{self.number[6:]}"
        else:
            number = f"{self.area}-{self.number}"
        return f"{number}-{self.extension}" if self.extension else number


@dataclass(frozen=True, slots=True)
class Email:
    address: str

    def __str__(self) -> str:
        return self.address


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_mobile(digits: str) -> bool:
    if _MOBILE_SEGMENT.match(digits):
        return True
    number = PhoneNumber(country_code=86, national_number=int(digits))
    return phonenumbers.number_type(number) == PhoneNumberType.MOBILE


def parse_mobile(raw: str) -> Mobile | Problem:
    """A mainland mobile number (R2.1); the normal form is its 11 digits."""
    digits = _CHINA_PREFIX.sub("", _SEPARATORS.sub("", fold_width(clean_line(raw))))
    if not digits:
        return Problem("error.mobile.empty")
    if digits.startswith("+"):
        return Problem("error.mobile.country")
    if not _is_digits(digits):
        return Problem("error.mobile.characters")
    if len(digits) != 11:
        code = "error.mobile.too_short" if len(digits) < 11 else "error.mobile.too_long"
        return Problem(code, {"digits": len(digits), "expected": 11})
    if not _is_mobile(digits):
        return Problem("error.mobile.segment", {"segment": digits[:3]})
    return Mobile(digits)


def _split_extension(text: str) -> tuple[str, str]:
    found = _EXTENSION.search(re.sub(r"[‐‑‒–—―−]", "-", text))
    return (text[: found.start()], found[1]) if found else (text, "")


def _national(digits: str) -> str:
    """+86 755 …, where the area's leading zero is left out, as it is dialled within the country."""
    found = re.match(r"\+86|0086", digits)
    if not found:
        return digits
    rest = digits[found.end() :]
    return rest if rest.startswith("0") or _SERVICE_NUMBER.fullmatch(rest) else f"0{rest}"


def _landline(digits: str, extension: str) -> Landline | Problem:
    area = _AREA_CODE.match(digits)
    if not area:
        return Problem("error.landline.area")
    number = digits[area.end() :]
    if not 7 <= len(number) <= 8:
        return Problem("error.landline.length", {"digits": len(number)})
    return Landline(area[0], number, extension)


def parse_landline(raw: str) -> Landline | Problem:
    """A mainland fixed line with its area code, or a 400/800 number; an extension is kept."""
    number, extension = _split_extension(fold_width(clean_line(raw)))
    digits = _national(_SEPARATORS.sub("", number))
    if not digits:
        return Problem("error.landline.empty")
    if not _is_digits(digits):
        return Problem("error.landline.characters")
    if _SERVICE_NUMBER.fullmatch(digits):
        return Landline("", digits, extension)
    return _landline(digits, extension)


# An asterisk is legal before the @, but stands for a masked address here, which must not be saved.
_LOCAL_PART = re.compile(r"[a-z0-9!#$%&'+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")


def parse_email(raw: str) -> Email | Problem:
    """An address in lower case; nothing is asked of the network."""
    address = fold_width(clean_line(raw)).lower()
    if not address:
        return Problem("error.email.empty")
    if len(address) > 254:
        return Problem("error.email.too_long", {"length": len(address), "max": 254})
    local, at, domain = address.rpartition("@")
    if not at or "@" in local:
        return Problem("error.email.at_sign")
    if len(local) > 64 or not _LOCAL_PART.fullmatch(local):
        return Problem("error.email.local_part")
    if not _DOMAIN.fullmatch(domain):
        return Problem("error.email.domain", {"domain": domain}) if domain else Problem("error.email.no_domain")
    return Email(address)
