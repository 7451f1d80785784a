import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core import regions


def all_codes() -> list[str]:
    found: list[str] = []
    waiting = [place.code for place in regions.provinces()]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(place.code for place in regions.children(found[-1]))
    return found


CODES = st.deferred(lambda: st.sampled_from(all_codes()))


def names(code: str) -> list[str]:
    return [place.name for place in regions.children(code)]


def test_the_whole_country_is_there():
    assert len(regions.provinces()) == 34
    assert {"台湾省", "香港特别行政区", "澳门特别行政区"} <= {place.name for place in regions.provinces()}
    # 3,377 official entries less four headings of directly run counties, Chongqing's second city, 嘉峪关's repeat.
    assert len(all_codes()) == 3371


def test_the_cascade_reads_naturally():
    assert names("110000") == ["北京市"]
    assert "朝阳区" in names("110100")
    assert names("500000") == ["重庆市"]
    assert {"渝中区", "彭水苗族土家族自治县"} <= set(names("500100"))
    assert {"武汉市", "仙桃市", "神农架林区"} <= set(names("420000"))
    assert names("441900") == names("620200") == names("710000") == []
    assert "中西区" in names("810000")
    unnatural = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
    assert not [code for code in all_codes() if (place := regions.region(code)) and place.name in unnatural]


def test_unknown_codes_are_answered_with_nothing():
    assert regions.region("999999") is None
    assert regions.children("") == regions.children("x") == regions.path("x") == regions.code_prefixes("x") == ()
    assert regions.full_name("x") == ""
    assert not regions.is_within("x", "440000")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("440305", "广东省深圳市南山区"),
        ("110105", "北京市朝阳区"),
        ("110100", "北京市"),
        ("500243", "重庆市彭水苗族土家族自治县"),
        ("429004", "湖北省仙桃市"),
        ("810001", "香港特别行政区中西区"),
        ("220200", "吉林省吉林市"),
    ],
)
def test_full_name(code: str, name: str):
    assert regions.full_name(code) == name
    assert code in {place.code for place in regions.find(name)} or code == "110100"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("广东", ["440000"]),
        ("广东省", ["440000"]),
        ("深圳", ["440300"]),
        ("深圳市", ["440300"]),
        ("广东深圳南山", ["440305"]),
        ("江苏 / 南京 / 鼓楼", ["320106"]),
        ("北京", ["110000"]),
        ("北京市朝阳区", ["110105"]),
        ("北京市北京市朝阳区", ["110105"]),
        ("北京市市辖区朝阳区", ["110105"]),
        ("上海浦东新区", ["310115"]),
        ("内蒙古", ["150000"]),
        ("新疆", ["650000"]),
        ("恩施", ["422800"]),
        ("吉林", ["220000"]),
        ("吉林市", ["220200"]),
        ("海南", ["460000"]),
        ("香港", ["810000"]),
        ("台湾", ["710000"]),
        ("朝阳区", ["110105", "220104"]),
        ("市辖区", []),
        ("深圳市朝阳区", []),
        ("火星", []),
        ("", []),
    ],
)
def test_find(text: str, codes: list[str]):
    assert [place.code for place in regions.find(text)] == codes


@given(CODES)
def test_every_place_is_found_by_its_full_name(code: str):
    name = regions.full_name(code)
    assert name in {regions.full_name(place.code) for place in regions.find(name)}


@given(CODES, CODES)
def test_code_prefixes_say_the_same_as_is_within(code: str, ancestor: str):
    for above in (ancestor, *(place.code for place in regions.path(code))):
        assert code.startswith(regions.code_prefixes(above)) == regions.is_within(code, above)


@given(st.text(max_size=100))
def test_any_text_can_be_looked_up(text: str):
    regions.find(text)
    regions.leading_place(text)


def test_every_province_is_in_exactly_one_big_area():
    inside = [place.code for area in regions.AREAS for place in regions.area_provinces(area)]
    assert sorted(inside) == sorted(place.code for place in regions.provinces())


def test_big_areas():
    assert [place.name for place in regions.area_provinces("华南地区")] == ["广东省", "广西壮族自治区", "海南省"]
    assert regions.area_provinces("华东") == regions.area_provinces(" 华东区 ")
    assert regions.area_provinces("华山") == ()


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("广东省", "广东"),
        ("内蒙古自治区", "内蒙古"),
        ("伊犁哈萨克自治州", "伊犁"),
        ("恩施土家族苗族自治州", "恩施"),
        ("易县", "易县"),
    ],
)
def test_short_name(name: str, short: str):
    assert regions.short_name(name) == short
