"""The first schema"""

import sqlalchemy as sa
from alembic import op


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "department",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["department.id"], name=op.f("fk_department_parent_id_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
    )
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_department_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "list_option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_code", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("label_zh", sa.String(length=60), nullable=False),
        sa.Column("label_en", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("color", sa.String(length=20), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_option")),
        sa.UniqueConstraint("list_code", "code", name=op.f("uq_list_option_list_code_code")),
    )
    op.create_table(
        "number_counter",
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_number_counter")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("preset", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("code", name=op.f("uq_role_code")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    with op.batch_alter_table("sign_in_try", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_try_address_at", ["address", "at"], unique=False)
        batch_op.create_index("ix_sign_in_try_username_at", ["username", "at"], unique=False)

    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("color", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_tag_kind_name")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("preferences", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_account_department_id_department")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_account_role_id_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_role_id"), ["role_id"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("permission", sa.String(length=40), nullable=False),
        sa.Column("reach", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_grant_role_id_role"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("role_id", "permission", name=op.f("uq_role_grant_role_id_permission")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_audit_entry_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_entry_subject", ["subject_kind", "subject_id"], unique=False)
        batch_op.create_index("ix_audit_entry_user_id_at", ["user_id", "at"], unique=False)

    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", sa.String(length=100), nullable=False),
        sa.Column("name_sort", sa.String(length=60), nullable=False),
        sa.Column("number_sort", sa.String(length=80), nullable=False),
        sa.Column("industry", sa.String(length=30), nullable=False),
        sa.Column("source", sa.String(length=30), nullable=False),
        sa.Column("province", sa.String(length=6), nullable=False),
        sa.Column("city", sa.String(length=6), nullable=False),
        sa.Column("district", sa.String(length=6), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("headcount", sa.String(length=30), nullable=False),
        sa.Column("revenue", sa.String(length=30), nullable=False),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("main_business", sa.String(length=500), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("customer_type", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("value_grade", sa.String(length=1), nullable=False),
        sa.Column("last_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_method", sa.String(length=30), nullable=False),
        sa.Column("next_follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_order_on", sa.Date(), nullable=True),
        sa.Column("total_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("order_count", sa.Integer(), nullable=False),
        sa.Column("expected_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_customer_created_by_account")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_customer_department_id_department")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_customer_owner_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_number")),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customer_created_at_id",
            ["created_at", "id", "industry", "source", "level", "owner_id", "department_id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_deleted_at",
            ["deleted_at"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_customer_credit_code_id",
            ["credit_code", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_customer_type_created_at_id",
            ["customer_type", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_department_id_created_at_id",
            ["department_id", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_expected_amount_id",
            ["expected_amount", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_first_order_on_id",
            ["first_order_on", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_founded_on_id",
            ["founded_on", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_headcount_created_at_id",
            ["headcount", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_industry_created_at_id",
            ["industry", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_industry_level_created_at_id",
            ["industry", "level", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_last_contact_at_id",
            ["last_contact_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_last_method_created_at_id",
            ["last_method", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_level_created_at_id",
            ["level", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_name_key_id",
            ["name_key", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_name_sort_id",
            ["name_sort", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_next_follow_up_at_id",
            ["next_follow_up_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_number_sort_id",
            ["number_sort", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_order_count_id",
            ["order_count", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_owner_id_assigned_at_id",
            ["owner_id", "assigned_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_owner_id_created_at_id",
            ["owner_id", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_owner_id_next_follow_up_at_id",
            ["owner_id", "next_follow_up_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_province_city_district_id",
            ["province", "city", "district", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_revenue_created_at_id",
            ["revenue", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_source_created_at_id",
            ["source", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_status_created_at_id",
            ["status", "created_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_total_amount_id",
            ["total_amount", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_updated_at_id",
            ["updated_at", "id", "deleted_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_value_grade_created_at_id",
            ["value_grade", "created_at", "id", "deleted_at"],
            unique=False,
        )

    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name=op.f("fk_user_session_user_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_user_session_digest")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "collaborator",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_collaborator_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name=op.f("fk_collaborator_user_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "user_id", name=op.f("pk_collaborator")),
    )
    with op.batch_alter_table("collaborator", schema=None) as batch_op:
        batch_op.create_index("ix_collaborator_user_id_customer_id", ["user_id", "customer_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("position", sa.String(length=60), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("preferred_channel", sa.String(length=30), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_contact_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_customer_id_is_main", ["customer_id", "is_main"], unique=False)
        batch_op.create_index("ix_contact_email", ["email"], unique=False)
        batch_op.create_index("ix_contact_mobile", ["mobile"], unique=False)
        batch_op.create_index("ix_contact_phone", ["phone"], unique=False)

    op.create_table(
        "customer_tag",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_tag_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_customer_tag_tag_id_tag"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("customer_id", "tag_id", name=op.f("pk_customer_tag")),
    )
    with op.batch_alter_table("customer_tag", schema=None) as batch_op:
        batch_op.create_index("ix_customer_tag_tag_id_customer_id", ["tag_id", "customer_id"], unique=False)

    op.create_table(
        "field_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("old", sa.String(), server_default="", nullable=False),
        sa.Column("new", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_field_change_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_field_change_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_change")),
    )
    with op.batch_alter_table("field_change", schema=None) as batch_op:
        batch_op.create_index("ix_field_change_customer_id_at", ["customer_id", "at", "id"], unique=False)
        batch_op.create_index("ix_field_change_customer_id_version", ["customer_id", "version"], unique=False)

    op.create_table(
        "level_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("from_level", sa.String(length=12), nullable=False),
        sa.Column("to_level", sa.String(length=12), nullable=False),
        sa.Column("deal_amount", sa.BigInteger(), nullable=True),
        sa.Column("deal_on", sa.Date(), nullable=True),
        sa.Column("contract_number", sa.String(length=60), nullable=True),
        sa.Column("loss_reason", sa.String(length=30), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_level_change_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_level_change_owner_id_account")),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_level_change_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_level_change")),
        sa.UniqueConstraint("contract_number", name=op.f("uq_level_change_contract_number")),
    )
    with op.batch_alter_table("level_change", schema=None) as batch_op:
        batch_op.create_index("ix_level_change_customer_id_at", ["customer_id", "at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_level_change_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index("ix_level_change_to_level_deal_on", ["to_level", "deal_on"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["account.id"], name=op.f("fk_task_changed_by_account")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_task_created_by_account")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_task_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["done_by"], ["account.id"], name=op.f("fk_task_done_by_account")),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_task_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_customer_id_at", ["customer_id", "at", "id"], unique=False)
        batch_op.create_index("ix_task_done_by_done_at", ["done_by", "done_at"], unique=False)
        batch_op.create_index(
            "ix_task_open_customer_id_due_at_id",
            ["customer_id", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.create_index(
            "ix_task_open_user_id_due_at_id",
            ["user_id", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.String(length=30), nullable=False),
        sa.Column("participants", sa.String(length=200), nullable=False),
        sa.Column("content", sa.String(length=2000), nullable=False),
        sa.Column("feedback", sa.String(length=1000), nullable=False),
        sa.Column("result", sa.String(length=500), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_follow_up_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_follow_up_task_id_task"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_follow_up_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index(
            "ix_follow_up_method_at_customer_id", ["method", "at", "customer_id"], unique=False
        )
        batch_op.create_index("ix_follow_up_customer_id_at", ["customer_id", "at", "id"], unique=False)
        batch_op.create_index("ix_follow_up_user_id_at", ["user_id", "at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index("ix_follow_up_user_id_at")
        batch_op.drop_index("ix_follow_up_customer_id_at")
        batch_op.drop_index("ix_follow_up_method_at_customer_id")

    op.drop_table("follow_up")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_task_open_user_id_due_at_id",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_task_open_customer_id_due_at_id",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.drop_index("ix_task_done_by_done_at")
        batch_op.drop_index("ix_task_customer_id_at")

    op.drop_table("task")
    with op.batch_alter_table("level_change", schema=None) as batch_op:
        batch_op.drop_index("ix_level_change_to_level_deal_on")
        batch_op.drop_index(batch_op.f("ix_level_change_owner_id"))
        batch_op.drop_index("ix_level_change_customer_id_at")

    op.drop_table("level_change")
    with op.batch_alter_table("field_change", schema=None) as batch_op:
        batch_op.drop_index("ix_field_change_customer_id_version")
        batch_op.drop_index("ix_field_change_customer_id_at")

    op.drop_table("field_change")
    with op.batch_alter_table("customer_tag", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_tag_tag_id_customer_id")

    op.drop_table("customer_tag")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_phone")
        batch_op.drop_index("ix_contact_mobile")
        batch_op.drop_index("ix_contact_email")
        batch_op.drop_index("ix_contact_customer_id_is_main")

    op.drop_table("contact")
    with op.batch_alter_table("collaborator", schema=None) as batch_op:
        batch_op.drop_index("ix_collaborator_user_id_customer_id")

    op.drop_table("collaborator")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_user_id"))

    op.drop_table("user_session")
    op.drop_table("customer")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_user_id_at")
        batch_op.drop_index("ix_audit_entry_subject")
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_action"))

    op.drop_table("audit_entry")
    op.drop_table("role_grant")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_role_id"))
        batch_op.drop_index(batch_op.f("ix_account_department_id"))

    op.drop_table("account")
    op.drop_table("tag")
    with op.batch_alter_table("sign_in_try", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_try_username_at")
        batch_op.drop_index("ix_sign_in_try_address_at")

    op.drop_table("sign_in_try")
    op.drop_table("setting")
    op.drop_table("role")
    op.drop_table("number_counter")
    op.drop_table("list_option")
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_department_parent_id"))

    op.drop_table("department")
