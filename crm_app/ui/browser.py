"""The parts of a page that the browser plays alone (`browser.jsx`): language, messages, address, forms over HTTP."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from crm_app.access.state import Toast

LIBRARY = "$/public" + rx.asset("browser.jsx", shared=True)

connected = ~has_connection_errors
"""Whether the page's socket is open, known without asking the server."""


class Person(rx.Component):
    """Follows who is signed in: his language, his drafts only, what fields are called, the page's title."""

    library = LIBRARY
    tag = "Person"
    username: rx.Var[str]
    person_language: rx.Var[str]
    field_names: rx.Var[dict[str, list[str]]]
    title: rx.Var[str]


class Toaster(rx.Component):
    """Shows each new toast for five seconds, longer ones as long as it takes to read, errors until they are closed."""

    library = LIBRARY
    tag = "Toaster"
    toast: rx.Var[Toast]
    close_label: rx.Var[str]
    region_label: rx.Var[str]
    undo_label: rx.Var[str]


class Undoing(rx.Component):
    """What this page takes back; messages of other kinds stand here without their undo."""

    library = LIBRARY
    tag = "Undoing"
    kind: rx.Var[str]
    on_undo: rx.EventHandler[rx.event.passthrough_event_spec(int, int)]
    """Takes back what the message tells of, by id and version."""


class AddressSync(rx.Component):
    """Writes `query` to the address of the page at `path` as the state changes, each change a step of the history."""

    library = LIBRARY
    tag = "AddressSync"
    path: rx.Var[str]
    query: rx.Var[str]
    loads: rx.Var[int]
    """Grows with each loading from the address: what was loaded is no step of its own."""


class OfflineBar(rx.Component):
    """Says that the connection is lost and that typing is kept."""

    library = LIBRARY
    tag = "OfflineBar"
    connected: rx.Var[bool]
    text: rx.Var[str]


class HttpForm(rx.Component):
    """A short form posted as JSON to an HTTP route, for what must not travel as an event: passwords and cookies."""

    library = LIBRARY
    tag = "HttpForm"
    action: rx.Var[str]
    fields: rx.Var[list[dict]]
    """Each {name, label, autoComplete, secret?, help?, same?, refusals?}.

    `same` names the field that it must repeat; `refusals` are the codes of answers that are about this field alone.
    """
    submit_label: rx.Var[str]
    busy_label: rx.Var[str]
    offline_text: rx.Var[str]
    required_text: rx.Var[str]
    differ_text: rx.Var[str]
    next: rx.Var[str]


class SignOutButton(rx.Component):
    """Ends the session over HTTP and forgets what was typed on all tabs of this browser."""

    library = LIBRARY
    tag = "SignOutButton"
    label: rx.Var[str]
