"""One table a class, no behaviour; importing the package fills SQLModel's metadata."""

from crm_app.models.account import AuditEntry, Department, Role, RoleGrant, SignInTry, User, UserSession
from crm_app.models.activity import FollowUp, Task
from crm_app.models.anomaly import Anomaly, RecordCheck
from crm_app.models.bulk import BulkChange, BulkRow
from crm_app.models.customer import (
    Collaborator,
    Contact,
    Customer,
    CustomerTag,
    FieldChange,
    LevelChange,
    NumberCounter,
)
from crm_app.models.field import ContactValue, FieldSetting, OwnField, OwnValue
from crm_app.models.importing import ImportedCustomer, ImportEdit, ImportMemory, ImportRun
from crm_app.models.job import Job
from crm_app.models.option import Option, Tag
from crm_app.models.quality import (
    CustomerMerge,
    DuplicateDismissal,
    DuplicateGroup,
    DuplicateMember,
    DuplicatePair,
    MergedCustomer,
)
from crm_app.models.review import Review, ReviewItem
from crm_app.models.system import Receipt, Setting
from crm_app.models.view import SavedView, ViewPin

__all__ = [
    "Anomaly",
    "AuditEntry",
    "BulkChange",
    "BulkRow",
    "Collaborator",
    "Contact",
    "ContactValue",
    "Customer",
    "CustomerMerge",
    "CustomerTag",
    "Department",
    "DuplicateDismissal",
    "DuplicateGroup",
    "DuplicateMember",
    "DuplicatePair",
    "FieldChange",
    "FieldSetting",
    "FollowUp",
    "ImportEdit",
    "ImportMemory",
    "ImportRun",
    "ImportedCustomer",
    "Job",
    "LevelChange",
    "MergedCustomer",
    "NumberCounter",
    "Option",
    "OwnField",
    "OwnValue",
    "Receipt",
    "RecordCheck",
    "Review",
    "ReviewItem",
    "Role",
    "RoleGrant",
    "SavedView",
    "Setting",
    "SignInTry",
    "Tag",
    "Task",
    "User",
    "UserSession",
    "ViewPin",
]
