"""Where columns go and what texts mean: pure, and never with a surprise."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core.amounts import parse_amount
from crm_app.core.problems import Problem
from crm_app.importing.rules import all_targets, doubled_targets, match_headings, vocabulary
from crm_app.importing.rules.targets import normal_heading
from crm_app.importing.rules.values import SYNONYMS, read_amount, read_day, read_moment, read_region, split_tags
from crm_app.importing.service.template import headings
from crm_app.options.presets import OPTIONS

ZONE = ZoneInfo("Asia/Shanghai")
BASIC = "客户编号 企业名称 联系人姓名 联系方式 所属行业 所在地区 企业规模 成立时间 主营业务 客户来源"
SIMPLE = "客户编号 客户名称 联系人姓名 联系电话 电子邮件 客户类型 所在地区 客户状态 最近互动时间 销售机会金额"
UPKEEP = (
    "客户编号 客户名称 所属行业 客户类型 联系人(*) 职位 联系方式 邮箱 企业地址 合作产品/服务 合作开始时间"
    " 合同金额(万元) 最近跟进时间 跟进方式 跟进内容 跟进结果 下次跟进时间 维护方式 维护结果 客户反馈 备注"
)


@pytest.mark.parametrize(
    ("table", "places"),
    [
        (
            BASIC,
            "old_number name contact.name contact.any industry region headcount founded_on main_business source",
        ),
        (
            SIMPLE,
            "old_number name contact.name contact.any contact.email customer_type region status follow.at"
            " expected_amount",
        ),
        (
            UPKEEP,
            "old_number name industry customer_type contact.name contact.position contact.any contact.email address"
            " noted deal.on deal.amount_wan follow.at follow.method follow.content follow.result follow.next_at"
            " care.method care.result follow.feedback note",
        ),
    ],
)
def test_tables_as_companies_keep_them_are_matched_whole(table: str, places: str) -> None:
    assert match_headings(table.split(" ")) == tuple(places.split())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_is_matched_whole(language: str) -> None:
    found = match_headings(headings(language))
    assert "" not in found
    assert doubled_targets(found) == frozenset()
    assert len(found) == len(all_targets()) - 3


@given(st.lists(st.text(max_size=12), max_size=30))
def test_each_place_is_taken_once_whatever_the_headings(names: list[str]) -> None:
    found = match_headings(names)
    assert len(found) == len(names)
    assert doubled_targets(found) == frozenset()


@pytest.mark.parametrize(
    ("heading", "normal"),
    [
        ("联系人(*)", "联系人"),
        (" *手机号码：", "手机号码"),
        ("合同金额（万元）", "合同金额万元"),
        ("Contact Name", "contactname"),
    ],
)
def test_headings_lose_what_people_add(heading: str, normal: str) -> None:
    assert normal_heading(heading) == normal


@pytest.mark.parametrize(
    "text",
    [
        *("2024-03-05", "2024/3/5", "2024.3.5", "2024年3月5日", "2024 年 3 月 5 号", "20240305", "45356", "45356.75"),
        *("2024-03-05 00:00:00", "2024/3/5 8:30", "２０２４－０３－０５", "2024-3-5T10:00:00"),
    ],
)
def test_a_day_is_read_in_every_usual_spelling(text: str) -> None:
    assert read_day(text) == "2024-03-05"


@pytest.mark.parametrize(
    ("text", "day"), [("2015年3月", "2015-03-01"), ("2015-03", "2015-03-01"), ("25/3/2024", "2024-03-25")]
)
def test_months_and_days_that_can_be_one_only(text: str, day: str) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize("text", ["3/5/2024", "去年", "13800138000", "12", "", "2024-3-5-6"])
def test_what_is_no_day_is_given_back(text: str) -> None:
    assert read_day(text) == text


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_survives_its_spellings(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    spellings = (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        str(serial),
    )
    assert {read_day(text) for text in (*spellings, day.strftime("%Y%m%d"))} == {day.isoformat()}


@given(st.text(max_size=40))
def test_no_text_breaks_a_reader(text: str) -> None:
    assert isinstance(read_day(text), str)
    assert isinstance(read_moment(text, tz=ZONE), datetime | Problem)
    assert isinstance(read_amount(text, unit=10_000), Decimal | Problem)
    assert isinstance(read_region(text), str)
    assert all(split_tags(text))


def test_a_moment_with_and_without_its_clock() -> None:
    assert read_moment("2024-03-05 14:30", tz=ZONE) == datetime(2024, 3, 5, 6, 30, tzinfo=UTC)
    assert read_moment("2024/3/5", tz=ZONE) == datetime(2024, 3, 4, 16, tzinfo=UTC)
    assert read_moment("45356.5", tz=ZONE) == datetime(2024, 3, 5, 4, tzinfo=UTC)
    assert read_moment("下周", tz=ZONE) == Problem("customers.problem.date_format")
    assert read_moment("2024-02-30", tz=ZONE) == Problem("customers.problem.date_impossible")


@pytest.mark.parametrize(
    ("text", "unit", "yuan"),
    [
        *(("50", 10_000, 500_000), ("1.5", 10_000, 15_000), ("50万", 10_000, 500_000), ("1,200", 10_000, 12_000_000)),
        *(("50,000", 1, 50_000), ("1.2亿", 1, 120_000_000), ("￥500,000.50", 1, "500000.50"), ("3000元", 10_000, 3000)),
    ],
)
def test_amounts_in_the_unit_of_their_column(text: str, unit: int, yuan: object) -> None:
    assert read_amount(text, unit=unit) == Decimal(str(yuan))
    assert isinstance(parse_amount("x"), Problem)


@pytest.mark.parametrize(
    ("list_code", "text", "code"),
    [
        *(("source", "行业展会", "exhibition"), ("source", "展会", "exhibition"), ("source", "转介绍", "partner")),
        *(("source", "website", "website"), ("industry", "信息技术服务业", "ITS"), ("industry", "制造", "MFG")),
        *(
            ("industry", "互联网金融", ""),
            ("industry", "挖矿", ""),
            ("method", "电话", "phone"),
            ("method", "拜访", "visit"),
        ),
        *(("headcount", "100-500人", "100-499"), ("headcount", "15人", "1-19"), ("headcount", "8000人以上", "5000+")),
        *(("headcount", "600", "500-999"), ("headcount", "很多", ""), ("revenue", "800万", "5-20m")),
        *(("revenue", "2000万-1亿", "20-100m"), ("revenue", "30亿", "2b+")),
    ],
)
def test_texts_of_lists_are_guessed_only_where_there_is_no_doubt(list_code: str, text: str, code: str) -> None:
    target = {"method": "follow.method"}.get(list_code, list_code)
    entries = next(rows for name, rows in OPTIONS.items() if name == list_code)
    words = vocabulary(entries, SYNONYMS.get(target), sizes=list_code in ("headcount", "revenue"))
    assert words.guess(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("北京市朝阳区", "110105"), ("北京", "110000"), ("深圳", "440300"), ("鼓楼区", "鼓楼区"), ("火星", "火星")],
)
def test_places_typed_as_text(text: str, code: str) -> None:
    assert read_region(text) == code


def test_tags_are_parted_and_said_once() -> None:
    assert split_tags("重点;VIP、重点 / 老,") == ("重点", "VIP", "老")
