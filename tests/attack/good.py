"""For each handler one call that a person's page would make: the attack proves by it that allowed ones work.

A handler without an entry fails the attack. `{number}`, `{task_id}` … stand for a fresh customer of the caller, see
`world.Target`.
"""

from dataclasses import dataclass, field
from typing import Any

from crm_app.access.permissions import Permission

Step = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Good:
    """`State.handler` of the same page called with `args`, after the steps `before`."""

    args: dict[str, Any] = field(default_factory=dict)
    path: str = "/"
    before: tuple[Step, ...] = ()
    writes: tuple[str, ...] = ()
    """Tables in which a success leaves a trace."""
    reveals: bool = False
    """A success shows a contact of the target in full."""
    on_target: bool | None = None
    """Whether it is about one customer; by default, whether the path or an argument names one."""
    ends_session: bool = False
    """A success ends other sessions of the person, the attacker's own among them."""
    within: Permission | None = None
    """The function whose reach decides, where that isn't the one that the handler declares."""
    deleted: bool = False
    """Whether the customer that a success is about lies in the recycle bin."""
    leads: str = ""
    """Where a success sends the person, when that looks like being sent away."""

    @property
    def is_about_target(self) -> bool:
        """Whether somebody else's customer in its place must read like a missing one."""
        if self.on_target is not None:
            return self.on_target
        return "{" in f"{self.path}{self.args}".replace("{}", "").replace("{'", "")

    @property
    def route(self) -> dict[str, str]:
        """The dynamic parts of the address."""
        if self.path == CHANGED:
            return {"bulk_id": "{customer_id}"}
        if self.path == MERGE:
            return {"group": "{customer_id}"}
        return {"number": "{number}"} if "{number}" in self.path else {}


PAGE = "/customers/{number}"
EDIT = "/customers/{number}/edit"
LISTS = "/settings/lists"
FIELDS = "/settings/fields"
RECORD_SETTINGS = "/settings/customers"
DUPLICATES = "/duplicates"
MERGE = "/duplicates/{customer_id}"
CHANGED = "/bulk/{customer_id}"
LOAD: Step = ("CustomerPage.load", {})
FORM = {
    "rows": "0",
    "name": "新来{no}号有限公司",
    "industry": "MFG",
    "contacts.0.name": "张三",
    "contacts.0.mobile": "{free_mobile}",
}
EDITED = {"version": "1", "address": "科技园北路{no}号", "own_1": "编码{no}"}
TASK = {"task_id": "{task_id}", "version": "{task_version}"}
OPEN_CONTACT: Step = ("Contacts.open_form", {"contact_id": "{second_contact_id}"})
TYPE_CONTENT: Step = ("Composer.type_follow_up", {"field": "content", "value": "电话沟通"})
TYPE_TITLE: Step = ("Composer.type_task", {"field": "title", "value": "寄样品"})
TYPE_DUE: Step = ("Composer.type_task", {"field": "due_at", "value": "2031-01-01 09:00"})
OPEN_LINE: Step = ("QuickFollowUp.open", {"line": "f-1", "number": "{number}"})
OPEN_DELETION: Step = ("Deletion.open", {})
BACK = ("customer", "field_change")
TICKED: dict[str, Any] = {"what": "field", "numbers": ["{number}"], "everything": False, "address": ""}
OPEN_BULK: Step = ("Bulk.open", TICKED)
LOOK: Step = ("Bulk.look", {"field": "source", "value": "other", "add": [], "remove": []})
ANOMALIES = "/anomalies"
LISTED: tuple[Step, ...] = (("Anomalies.load", {}), ("Anomalies.choose_whose", {"whose": "all"}))
OPEN_ASSIGNING: Step = ("Assigning.open", {"anomaly": "{customer_id}"})
REVIEW = "/review"
REVIEWED: tuple[Step, ...] = (("Reviews.load", {}), ("Reviews.choose", {"who": "mine"}))
LOAD_MERGE: Step = ("Merging.load", {})
UNMERGED = ("merged_customer", "customer_merge")
INTENT: Step = ("Directory.toggle", {"field": "level", "value": "intent"})
GROUP: tuple[Step, ...] = (
    INTENT,
    ("Directory.start_group", {"index": 0, "field": "industry", "operator": "in", "values": ["MFG"]}),
)
SAVED_CELL: dict[str, Any] = {
    "number": "{number}",
    "column": "note",
    "value": "备注",
    "version": 1,
    "confirmed": False,
    "asked": 1,
}
SAVE_AS: dict[str, Any] = {"name": "视图{no}", "audience": "private", "pinned": True}


def on_page(args: dict[str, Any] | None = None, *before: Step, **more: Any) -> Good:
    """A call from a customer's page after it was loaded."""
    return Good(args or {}, path=PAGE, before=(LOAD, *before), **more)


def on_import(args: dict[str, Any], **more: Any) -> Good:
    """A call from the page of one's own import."""
    before = (("Importing.open", {"import_id": "{own_import_id}"}),)
    return Good(args, path="/import", before=before, on_target=False, **more)


GOOD: dict[str, Good] = {
    # account
    "Start.go": Good(path="/"),
    "Start.arrive": Good(path="/login"),
    "Start.open_password": Good(path="/account/password"),
    "Sessions.load": Good(path="/account/sessions"),
    "Sessions.end": Good({"session_id": "{own_session_id}"}, path="/account/sessions", on_target=False),
    "Sessions.end_others": Good(path="/account/sessions", ends_session=True),
    # admin
    "FirstRun.arrive": Good(path="/setup", leads="/login"),
    # ui
    "Shell.switch_language": Good(writes=("account",)),
    "Shell.toggle_sidebar": Good(),
    "Shell.reload": Good(),
    # customers
    "CustomerForm.open": Good(path="/customers/new"),
    "CustomerForm.check": Good({"form": FORM, "left": ["name"], "ticket": "t"}, path="/customers/new", on_target=False),
    "CustomerForm.save": Good(
        {"form": FORM, "ticket": "ticket-{no}"},
        path="/customers/new",
        before=(("CustomerForm.open", {}),),
        writes=("customer", "contact"),
        on_target=False,
    ),
    "CustomerForm.refresh": Good(path="/customers/new", on_target=False),
    "CustomerForm.go_on": Good({"form": FORM}, path="/customers/new", on_target=False),
    "EditForm.open": Good(path=EDIT),
    "EditForm.check": Good({"form": EDITED, "left": ["address"]}, path=EDIT),
    "EditForm.save": Good({"form": EDITED}, path=EDIT, before=(("EditForm.open", {}),), writes=("customer",)),
    "EditForm.refresh": Good(path=EDIT, before=(("EditForm.open", {}),)),
    # customer_page
    "CustomerPage.load": Good(path=PAGE),
    "CustomerPage.filter_kind": on_page({"kind": "task"}),
    "CustomerPage.read_on": on_page(),
    "CustomerPage.complete_task": on_page(TASK, writes=("task",)),
    "CustomerPage.reopen_task": on_page(
        {"task_id": "{task_id}", "version": 2}, ("CustomerPage.complete_task", TASK), writes=("task",)
    ),
    "CustomerPage.postpone_task": on_page({**TASK, "to": "tomorrow"}, writes=("task",)),
    "CustomerPage.postpone_follow_up": on_page(
        {"number": "{number}", "planned": "{planned}", "to": "tomorrow"}, writes=("customer",)
    ),
    "Composer.choose": on_page({"tab": "task"}),
    "Composer.type_follow_up": on_page({"field": "content", "value": "电话沟通"}),
    "Composer.plan_next": on_page({"to": "tomorrow"}),
    "Composer.save_follow_up": on_page(
        {"ticket": "ticket-{no}"},
        TYPE_CONTENT,
        ("Composer.type_follow_up", {"field": "next_user_id", "value": ""}),
        writes=("follow_up",),
    ),
    "Composer.type_task": on_page({"field": "title", "value": "寄样品"}),
    "Composer.save_task": on_page(
        {"ticket": "ticket-{no}"},
        TYPE_TITLE,
        TYPE_DUE,
        ("Composer.type_task", {"field": "user_id", "value": ""}),
        writes=("task",),
        # Whoever sees a customer may ask for something to be done there; doing others' tasks is what TASK_EDIT reaches.
        within=Permission.CUSTOMER_VIEW,
    ),
    "Facts.save": on_page({"field": "note", "value": "备注", "version": 1}, writes=("customer",)),
    "Facts.keep_mine": on_page(),
    "Facts.take_theirs": on_page(),
    "Facts.dismiss": on_page({"is_open": False}),
    "Facts.begin": on_page({"field": "region"}),
    "Facts.pick_place": on_page({"code": "440300"}),
    "Facts.put_tag": on_page({"tag_id": "{tag_id}", "on": True}, writes=("customer_tag",)),
    "Facts.put_new_tag": on_page({"form": {"name": "新标签{no}"}}, writes=("tag", "customer_tag")),
    "Facts.put_collaborator": on_page({"user_id": "{colleague_id}", "on": True}, writes=("collaborator",)),
    "Contacts.reveal": on_page({"contact_id": "{contact_id}"}, reveals=True),
    "Contacts.hide": on_page({"contact_id": "{contact_id}"}),
    "Contacts.open_form": on_page({"contact_id": "{contact_id}"}),
    "Contacts.give_up": on_page(),
    "Contacts.decide": on_page({"field": "contact.mobile", "choice": "mine@1"}),
    "Contacts.show_form": on_page({"is_open": True}),
    "Contacts.type": on_page({"field": "position", "value": "经理"}),
    "Contacts.save": on_page(
        {}, OPEN_CONTACT, ("Contacts.type", {"field": "position", "value": "经理"}), writes=("contact",)
    ),
    "Contacts.make_main": on_page({"contact_id": "{second_contact_id}"}, writes=("contact",)),
    "Contacts.remove": on_page({}, OPEN_CONTACT, ("Contacts.remove", {}), writes=("contact",)),
    "Levels.open": on_page(),
    "Levels.give_up": on_page(),
    "Levels.show": on_page({"is_open": True}),
    "Levels.choose": on_page({"to": "intent"}),
    "Levels.type": on_page({"field": "note", "value": "有意向"}),
    "Levels.save": on_page(
        {},
        ("Levels.open", {}),
        ("Levels.choose", {"to": "intent"}),
        ("Levels.type", {"field": "note", "value": "有意向"}),
        writes=("level_change",),
    ),
    "Deletion.open": on_page(),
    "Deletion.show": on_page({"is_open": False}),
    "Deletion.delete": on_page({}, OPEN_DELETION, writes=("customer", "field_change")),
    # recycle_bin
    "RecycleBin.load": Good(path="/bin"),
    "RecycleBin.refresh": Good(path="/bin"),
    "RecycleBin.search": Good({"text": "精密", "finished": True, "asked": 1}, path="/bin"),
    "RecycleBin.clear": Good(path="/bin"),
    "RecycleBin.go_to": Good({"page": 1}, path="/bin"),
    "RecycleBin.set_size": Good({"size": 20}, path="/bin"),
    "RecycleBin.tick": Good({"number": "{number}", "on": True}, path="/bin", on_target=False),
    "RecycleBin.tick_all": Good({"on": True}, path="/bin"),
    # What a deletion leaves is another matter than what is live: tests/recycle_bin/test_state.py.
    "RecycleBin.restore": Good({"number": "{number}"}, path="/bin", on_target=False, deleted=True, writes=BACK),
    "RecycleBin.restore_ticked": Good(
        path="/bin",
        before=(("RecycleBin.load", {}), ("RecycleBin.tick", {"number": "{number}", "on": True})),
        deleted=True,
        writes=BACK,
    ),
    "RecycleBin.undo": Good(
        {"customer_id": "{customer_id}", "version": "{version}"},
        path="/customers",
        on_target=False,
        deleted=True,
        writes=BACK,
    ),
    # today
    "Today.load": Good(path="/today"),
    "Today.complete_task": Good(TASK, path="/today", writes=("task",)),
    "Today.reopen_task": Good(
        {"task_id": "{task_id}", "version": 2}, path="/today", before=(("Today.complete_task", TASK),), writes=("task",)
    ),
    "Today.postpone_task": Good({**TASK, "to": "next_week"}, path="/today", writes=("task",)),
    "Today.postpone_follow_up": Good(
        {"number": "{number}", "planned": "{planned}", "to": "tomorrow"}, path="/today", writes=("customer",)
    ),
    "QuickFollowUp.open": Good({"line": "f-1", "number": "{number}"}, path="/today"),
    "QuickFollowUp.close": Good(path="/today"),
    "QuickFollowUp.type_follow_up": Good({"field": "content", "value": "电话沟通"}, path="/today"),
    "QuickFollowUp.plan_next": Good({"to": "tomorrow"}, path="/today"),
    "QuickFollowUp.save_follow_up": Good(
        {"ticket": "ticket-{no}"},
        path="/today",
        before=(OPEN_LINE, ("QuickFollowUp.type_follow_up", {"field": "content", "value": "电话沟通"})),
        writes=("follow_up",),
        on_target=True,
    ),
    # what other people's saves send to an open page
    "CustomerPage.refresh": on_page(),
    "Today.refresh": Good(path="/today"),
    # the customer list
    "Presence.look": Good(path="/customers"),
    "Directory.load": Good(path="/customers"),
    "Directory.redraw": Good(path="/customers"),
    "Palette.find": Good({"text": "精密", "asked": 1}, path="/customers"),
    "Palette.look_back": Good({"numbers": ["{number}"], "asked": 1}, path="/customers", on_target=False),
    "Peek.open": Good({"number": "{number}"}, path="/customers"),
    "Peek.refresh": Good(path="/customers"),
    "Directory.search": Good({"text": "精密", "finished": True, "asked": 1}, path="/customers"),
    "Directory.put_condition": Good(
        {"index": -1, "field": "industry", "operator": "in", "values": ["MFG"]}, path="/customers"
    ),
    "Directory.remove_condition": Good(
        {"index": 0}, path="/customers", before=(("Directory.toggle", {"field": "level", "value": "intent"}),)
    ),
    "Directory.start_group": Good(
        {"index": 0, "field": "industry", "operator": "in", "values": ["MFG"]}, path="/customers", before=(INTENT,)
    ),
    "Directory.put_member": Good(
        {"group": 0, "member": 1, "field": "industry", "operator": "in", "values": ["MFG", "RET"]},
        path="/customers",
        before=GROUP,
    ),
    "Directory.remove_member": Good({"group": 0, "member": 1}, path="/customers", before=GROUP),
    "Directory.clear": Good(path="/customers"),
    "Directory.toggle": Good({"field": "level", "value": "intent"}, path="/customers"),
    "Directory.filter_by": Good({"number": "{number}", "field": "industry", "code": ""}, path="/customers"),
    "Directory.sort_by": Good({"field": "name"}, path="/customers"),
    "Directory.go_to": Good({"page": 1}, path="/customers"),
    "Directory.set_size": Good({"size": 20}, path="/customers"),
    "Directory.set_columns": Good({"columns": ["name", "number"]}, path="/customers", writes=("account",)),
    "Directory.set_width": Good({"column": "number", "width": 180}, path="/customers", writes=("account",)),
    "Directory.set_density": Good({"density": "compact"}, path="/customers", writes=("account",)),
    "Directory.set_facets": Good({"shown": False}, path="/customers", writes=("account",)),
    "Directory.find_places": Good({"text": "深圳"}, path="/customers"),
    "Directory.edit_cell": Good({"number": "{number}", "column": "address", "asked": 1}, path="/customers"),
    "Directory.save_cell": Good(
        SAVED_CELL,
        path="/customers",
        writes=("customer",),
    ),
    "Directory.undo_cell": Good(
        {"record_id": "{customer_id}", "version": 2},
        path="/customers",
        before=(("Directory.save_cell", SAVED_CELL),),
        writes=("customer",),
    ),
    "Directory.save_view": Good(
        path="/customers",
        before=(("Directory.save_view_as", SAVE_AS), ("Directory.toggle", {"field": "level", "value": "intent"})),
        writes=("saved_view",),
    ),
    "Directory.save_view_as": Good(SAVE_AS, path="/customers", on_target=False, writes=("saved_view", "view_pin")),
    "Directory.discard_changes": Good(path="/customers"),
    # views: `{own_view_id}` is one of the caller's own
    "Views.load": Good(),
    "Views.refresh": Good(),
    "Views.pin": Good({"view_id": "{own_view_id}", "on": True}, on_target=False),
    "Views.arrange": Good({"view_ids": []}),
    "Views.rename": Good({"view_id": "{own_view_id}", "name": "新名{no}"}, on_target=False),
    "Views.share": Good({"view_id": "{own_view_id}", "audience": "all"}, on_target=False),
    "Views.withdraw": Good({"view_id": "{own_view_id}"}, on_target=False),
    "Views.delete": Good({"view_id": "{own_view_id}"}, on_target=False),
    "Views.make_default": Good({"kind": "customers", "view_id": 0}, writes=("account",)),
    "Exporting.open": Good({"address": "f=level.in.intent"}, path="/customers"),
    "Exporting.show": Good({"is_open": False}, path="/customers"),
    "Exporting.start": Good(
        {"address": "", "rows": "all", "fields": ["name", "mobile"], "file_format": "csv", "full": False},
        path="/customers",
        before=(("Exporting.open", {"address": ""}),),
    ),
    "Exporting.cancel": Good(path="/customers"),
    "Exporting.refresh": Good(path="/customers"),
    "Exporting.open_ticked": Good(
        {"address": "", "numbers": ["{number}"], "everything": False}, path="/customers", on_target=False
    ),
    # bulk
    "Bulk.open": Good(TICKED, path="/customers", on_target=False),
    "Bulk.show": Good({"is_open": False}, path="/customers"),
    "Bulk.pick_place": Good({"code": "440300"}, path="/customers"),
    "Bulk.look": Good(LOOK[1], path="/customers", before=(OPEN_BULK,), on_target=False),
    "Bulk.back": Good(path="/customers", before=(OPEN_BULK, LOOK), on_target=False),
    "Bulk.turn": Good({"part": "change", "page": 1}, path="/customers", before=(OPEN_BULK, LOOK), on_target=False),
    "Bulk.start": Good(path="/customers", before=(OPEN_BULK, LOOK), on_target=False, writes=("bulk_change",)),
    "Bulk.cancel": Good(path="/customers"),
    "Bulk.undo": Good({"change_id": "{customer_id}"}, path="/customers", writes=("bulk_change",)),
    "Bulk.refresh": Good(path="/customers"),
    "BulkPage.load": Good(path=CHANGED),
    "BulkPage.refresh": Good(path=CHANGED),
    "BulkPage.turn": Good({"part": "changed", "page": 1}, path=CHANGED),
    "BulkPage.cancel": Good(path=CHANGED),
    "BulkPage.undo": Good(path=CHANGED, writes=("bulk_change",)),
    # anomalies
    "Anomalies.load": Good(path=ANOMALIES),
    "Anomalies.refresh": Good(path=ANOMALIES),
    "Anomalies.choose_whose": Good({"whose": "all"}, path=ANOMALIES),
    "Anomalies.choose_kind": Good({"code": "format"}, path=ANOMALIES),
    "Anomalies.show_overdue": Good({"on": True}, path=ANOMALIES),
    "Anomalies.go_to": Good({"page": 1}, path=ANOMALIES),
    "Anomalies.tick": Good({"anomaly": 1, "on": True}, path=ANOMALIES, before=LISTED),
    "Anomalies.tick_all": Good({"on": True}, path=ANOMALIES, before=LISTED),
    "Assigning.open": Good({"anomaly": "{customer_id}"}, path=ANOMALIES, before=LISTED, on_target=False),
    "Assigning.show": Good({"is_open": False}, path=ANOMALIES),
    "Assigning.type": Good({"field": "due", "value": "2099-01-01"}, path=ANOMALIES),
    "Assigning.save": Good(path=ANOMALIES, before=(*LISTED, OPEN_ASSIGNING), writes=("anomaly",)),
    "Assigning.undo": Good(
        {"record_id": 1, "version": 1},
        path=ANOMALIES,
        before=(*LISTED, OPEN_ASSIGNING, ("Assigning.save", {})),
        writes=("anomaly",),
    ),
    # review
    "Reviews.load": Good(path=REVIEW),
    "Reviews.refresh": Good(path=REVIEW),
    "Reviews.choose_month": Good({"month": "2099-12"}, path=REVIEW),
    "Reviews.choose": Good({"who": "mine"}, path=REVIEW),
    "Reviews.show": Good({"shown": "done"}, path=REVIEW, before=REVIEWED),
    "Reviews.go_to": Good({"page": 1}, path=REVIEW, before=REVIEWED),
    "Reviews.tick": Good({"number": "{number}", "on": True}, path=REVIEW, before=REVIEWED, on_target=False),
    "Reviews.tick_all": Good({"on": True}, path=REVIEW, before=REVIEWED),
    "Confirming.confirm": Good({"number": "{number}"}, path=REVIEW, before=REVIEWED, writes=("review_item",)),
    "Confirming.confirm_ticked": Good(
        path=REVIEW,
        # The newest stands last.
        before=(*REVIEWED, ("Reviews.go_to", {"page": 99}), ("Reviews.tick", {"number": "{number}", "on": True})),
        writes=("review_item",),
    ),
    "Confirming.confirm_all": Good(path=REVIEW, before=REVIEWED, writes=("review_item",)),
    # What one click confirmed is known by its moment, which is the customer's id here.
    "Confirming.undo": Good({"review": 1, "moment": "{customer_id}"}, path=REVIEW, writes=("review_item",)),
    # A month after which no other comes is open: what comes of opening one shows tests/review/test_state.py.
    "Confirming.open_month": Good(path=REVIEW),
    # duplicates
    "Duplicates.load": Good(path=DUPLICATES),
    "Duplicates.refresh": Good(path=DUPLICATES),
    "Duplicates.choose": Good({"tab": "merged"}, path=DUPLICATES),
    "Duplicates.go_to": Good({"page": 1}, path=DUPLICATES),
    "Duplicates.find": Good(path=DUPLICATES),
    "Duplicates.cancel": Good(path=DUPLICATES),
    "Duplicates.dismiss": Good({"group": "{customer_id}"}, path=DUPLICATES, writes=("duplicate_dismissal",)),
    "Duplicates.take_back": Good({"merge": "{customer_id}"}, path=DUPLICATES, writes=UNMERGED),
    "Duplicates.undo": Good({"row": "{customer_id}", "version": 2}, path=DUPLICATES, writes=UNMERGED),
    "Merging.load": Good(path=MERGE),
    "Merging.keep": Good({"number": "{number}"}, path=MERGE, before=(LOAD_MERGE,)),
    "Merging.take": Good({"name": "name", "number": "{number}"}, path=MERGE, before=(LOAD_MERGE,)),
    "Merging.leave_out": Good({"number": "{number}"}, path=MERGE, before=(LOAD_MERGE,)),
    "Merging.merge": Good(path=MERGE, before=(LOAD_MERGE,), writes=("merged_customer",), leads=DUPLICATES),
    # importing
    "Importing.load": Good(path="/import"),
    "Importing.refresh": Good(path="/import"),
    "Importing.received": Good({"import_id": "{own_import_id}"}, path="/import", on_target=False),
    "Importing.open": Good({"import_id": "{own_import_id}"}, path="/import", on_target=False),
    "Importing.go_to": on_import({"step": "map"}),
    "Importing.choose_sheet": on_import({"sheet": 0}),
    "Importing.map_column": on_import({"column": 1, "target": "contact.any"}),
    "Importing.choose_mode": on_import({"mode": "both", "key": "name"}),
    "Importing.choose_default": on_import({"target": "industry", "code": "RET"}),
    "Importing.choose_value": on_import({"target": "industry", "text": "工厂", "code": "MFG"}),
    "Importing.choose_policy": on_import({"bad_cells": "cell", "twins": "create", "empty": "keep"}),
    "Importing.check": on_import({}),
    "Importing.confirm": on_import({}),
    "Importing.undo": on_import({}),
    "Importing.cancel": on_import({}),
    "Importing.discard": on_import({}),
    "Found.turn_problems": on_import({"page": 2}),
    "Found.turn_twins": on_import({"page": 2}),
    "Found.correct": on_import({"row": 2, "column": 1, "value": "13800138000"}),
    "Found.decide": on_import({"row": 2, "choice": "skip"}),
    # jobs
    "Jobs.load": Good(path="/jobs"),
    "Jobs.refresh": Good(path="/jobs"),
    "Jobs.cancel": Good({"job_id": "{own_job_id}"}, path="/jobs", on_target=False),
    # the dashboard
    "Dashboard.load": Good(path="/dashboard"),
    "Dashboard.choose_period": Good({"period": "this-quarter"}, path="/dashboard"),
    "Dashboard.choose_days": Good({"days": {"first": "2026-01-01", "last": "2026-01-31"}}, path="/dashboard"),
    "Dashboard.choose_department": Good({"department": ""}, path="/dashboard"),
    "Dashboard.choose_owner": Good({"owner": ""}, path="/dashboard"),
    "Dashboard.choose_industry": Good({"industry": "MFG"}, path="/dashboard"),
    "Dashboard.clear": Good(path="/dashboard"),
    "Dashboard.refresh": Good(path="/dashboard"),
    # lists and tags; the entries are those of the presets, in their order
    "Lists.load": Good(path=LISTS),
    "Lists.refresh": Good(path=LISTS),
    "Lists.find": Good({"text": "制造"}, path=LISTS),
    "Lists.move": Good(
        {"ref": 3, "step": -1}, path=LISTS, before=(("Lists.move", {"ref": 3, "step": 1}),), writes=("list_option",)
    ),
    "Lists.retire": Good({"ref": 52, "version": 1}, path=LISTS, writes=("list_option",)),
    "Lists.restore": Good(
        {"ref": 53, "version": 2},
        path=LISTS,
        before=(("Lists.retire", {"ref": 53, "version": 1}),),
        writes=("list_option",),
    ),
    "EntryForm.open": Good({"ref": 0}, path=LISTS),
    "EntryForm.show": Good({"is_open": True}, path=LISTS),
    "EntryForm.give_up": Good(path=LISTS),
    "EntryForm.type": Good({"field": "label_zh", "value": "展会推广"}, path=LISTS),
    "EntryForm.save": Good(
        path=f"{LISTS}?list=source",
        before=(
            ("Lists.load", {}),
            ("EntryForm.open", {"ref": 0}),
            ("EntryForm.type", {"field": "label_zh", "value": "新来源{no}"}),
        ),
        writes=("list_option",),
    ),
    # numbers and grades
    "RecordSettings.load": Good(path=RECORD_SETTINGS),
    "RecordSettings.refresh": Good(path=RECORD_SETTINGS),
    "RecordSettings.type_pattern": Good({"value": "C{seq}"}, path=RECORD_SETTINGS),
    "RecordSettings.use_default": Good(path=RECORD_SETTINGS),
    "RecordSettings.type_amount": Good({"grade": "A", "value": "60万"}, path=RECORD_SETTINGS),
    "RecordSettings.save_pattern": Good(
        path=RECORD_SETTINGS,
        before=(
            ("RecordSettings.load", {}),
            ("RecordSettings.type_pattern", {"value": "A{no}-{industry}-{yyyy}-{seq}"}),
        ),
        writes=("setting",),
    ),
    "RecordSettings.save_grades": Good(
        path=RECORD_SETTINGS,
        before=(
            ("RecordSettings.load", {}),
            ("RecordSettings.type_amount", {"grade": "A", "value": "9{no}00000"}),
        ),
        writes=("setting",),
    ),
    # own fields
    "Fields.load": Good(path=FIELDS),
    "Fields.refresh": Good(path=FIELDS),
    "Fields.show_of": Good({"record": "contact"}, path=FIELDS),
    "Fields.move": Good(
        {"field_id": 3, "step": -1},
        path=FIELDS,
        before=(("Fields.move", {"field_id": 3, "step": 1}),),
        writes=("own_field",),
    ),
    "Fields.retire": Good({"field_id": 4, "version": 1}, path=FIELDS, writes=("own_field",)),
    "Fields.restore": Good({"field_id": 6, "version": 1}, path=FIELDS, writes=("own_field",)),
    "Fields.take_back": Good(
        {"ref": 5, "version": 2},
        path=FIELDS,
        before=(("Fields.retire", {"field_id": 5, "version": 1}),),
        writes=("own_field",),
    ),
    "BuiltIns.move": Good({"name": "note", "step": -1}, path=FIELDS, writes=("field_setting",)),
    "BuiltIns.require": Good(
        {"name": "address", "required": False, "version": 0}, path=FIELDS, writes=("field_setting",)
    ),
    "BuiltIns.clear": Good({"name": "main_business", "version": 0}, path=FIELDS, writes=("field_setting",)),
    "BuiltInForm.open": Good({"name": "note"}, path=FIELDS),
    "BuiltInForm.show": Good({"is_open": True}, path=FIELDS),
    "BuiltInForm.give_up": Good(path=FIELDS),
    "BuiltInForm.type": Good({"name": "help_zh", "value": "说明"}, path=FIELDS),
    "BuiltInForm.require": Good({"required": True}, path=FIELDS),
    "BuiltInForm.save": Good(
        path=FIELDS,
        before=(
            ("BuiltInForm.open", {"name": "revenue"}),
            ("BuiltInForm.type", {"name": "label_zh", "value": "收入{no}"}),
        ),
        writes=("field_setting",),
    ),
    "FieldForm.open": Good({"field_id": 0}, path=FIELDS),
    "FieldForm.show": Good({"is_open": True}, path=FIELDS),
    "FieldForm.give_up": Good(path=FIELDS),
    "FieldForm.type": Good({"name": "label_zh", "value": "编码"}, path=FIELDS),
    "FieldForm.pick_kind": Good({"kind": "choice"}, path=FIELDS),
    "FieldForm.require": Good({"required": True}, path=FIELDS),
    "FieldForm.grant": Good(
        {"role": "sales_rep", "access": "hidden"}, path=FIELDS, before=(("FieldForm.open", {"field_id": 0}),)
    ),
    "FieldForm.save": Good(
        path=FIELDS,
        before=(
            ("FieldForm.open", {"field_id": 0}),
            ("FieldForm.type", {"name": "label_zh", "value": "新字段{no}"}),
        ),
        writes=("own_field",),
    ),
}
