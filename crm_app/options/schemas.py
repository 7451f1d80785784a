"""Entries of drop-down lists and tags as other slices see them."""

from dataclasses import dataclass

from crm_app.core.vocabulary import TagKind


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One entry of a drop-down list with both labels; a retired one is not offered for new records (R1.9)."""

    code: str
    label_zh: str
    label_en: str
    color: str = ""
    retired: bool = False

    def label(self, language: str) -> str:
        """The label in a language; Chinese where there is no English one."""
        return (self.label_en or self.label_zh) if language == "en" else self.label_zh


@dataclass(frozen=True, slots=True)
class TagRow:
    """A coloured tag; its name is what people typed, the same in each language."""

    id: int
    kind: TagKind
    name: str
    color: str
