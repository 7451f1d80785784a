"""The charts in words and as figures: which marks there are, what each says, and the list behind it (R9.1)."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from crm_app.analysis.rules.questions import step_unit
from crm_app.analysis.rules.wording import Wording, one_of, within
from crm_app.analysis.schemas import Figures, PersonTally, Span, Tally
from crm_app.core.vocabulary import COLORS, OptionList
from crm_app.listing.schemas import Condition, Operator
from crm_app.ui import figures as draw
from crm_app.ui.figures import Chart, Mark, Row

MOST_PEOPLE = 10
"""So many have a bar of their own; the table behind the chart names all."""


def growth_chart(figures: Figures, words: Wording) -> Chart:
    """客户增长趋势: new customers of each step, and how many there were at its end."""
    new, there, rows = [], [], []
    totals = list(accumulate(figures.growth, initial=figures.stock.customers_before))[1:]
    for (name, step), count, total in zip(_named_steps(words), figures.growth, totals, strict=True):
        when = words.period(step.period)
        href = words.link(words.created(step.period))
        new.append(Mark(name, count, f"{when}\n{words.say('analysis.hover.created', n=words.count(count))}", href))
        hover = f"{when}\n{words.say('analysis.hover.customers', n=words.count(total))}"
        there.append(Mark(name, total, hover, words.link(*words.created_by(step.period))))
        rows.append(Row((when, words.count(count), words.count(total)), href))
    units = {"unit": words.say("analysis.unit.new"), "line_unit": words.say("analysis.unit.customers")}
    return Chart(
        figure=draw.trend(new, there, language=words.language, **units),
        heads=(words.say("analysis.head.time"), words.say("analysis.head.created"), words.say("analysis.head.total")),
        rows=tuple(rows) if figures.stock.customers else (),
        summary=words.say(
            "analysis.summary.growth", n=words.count(figures.totals.created), total=words.count(figures.stock.customers)
        ),
    )


def source_chart(figures: Figures, words: Wording) -> Chart:
    """客户来源."""
    marks, rows = _of_new_customers(figures.by_source, "source", OptionList.SOURCE, figures, words)
    colored = [Mark(m.label, m.value, m.hover, m.href, m.text, _series(n)) for n, m in enumerate(marks)]
    middle = words.say("analysis.middle.created", n=words.count(figures.totals.created))
    return Chart(
        figure=draw.donut(colored, middle=middle),
        heads=_share_heads("analysis.head.source", words),
        rows=tuple(Row(row.cells, row.href, _series(n)) for n, row in enumerate(rows)),
        summary=_leader("analysis.summary.source", marks, words),
        legend=True,
    )


def industry_chart(figures: Figures, words: Wording) -> Chart:
    """行业分布."""
    marks, rows = _of_new_customers(figures.by_industry, "industry", OptionList.INDUSTRY, figures, words)
    return Chart(
        figure=draw.bars(marks, language=words.language, unit=words.say("analysis.unit.new")),
        heads=_share_heads("analysis.head.industry", words),
        rows=rows,
        summary=_leader("analysis.summary.industry", marks, words),
    )


def level_chart(figures: Figures, words: Wording) -> Chart:
    """等级漏斗: of the customers created in the period, as they are now."""
    whole = figures.totals.created
    marks, rows = [], []
    for tally in figures.by_level:
        label = words.say(f"level.{tally.code}")
        share, count = words.share(tally.count, whole), words.count(tally.count)
        href = words.link(words.created(), Condition("level", Operator.IN, (tally.code,)))
        hover = f"{label}\n{words.say('analysis.hover.share', n=count, share=share)}"
        color = draw.HEX[COLORS["level"][tally.code]]
        marks.append(Mark(label, tally.count, hover, href, f"{count} · {share}" if whole else "", color))
        rows.append(Row((label, count, share), href, color))
    return Chart(
        figure=draw.funnel(marks),
        heads=_share_heads("analysis.head.level", words),
        rows=tuple(rows) if whole else (),
        summary=words.say("analysis.summary.level", n=words.count(whole)),
    )


def method_chart(figures: Figures, words: Wording) -> Chart:
    """跟进方式."""
    whole = figures.totals.follow_ups
    marks, rows = [], []
    for tally in figures.by_method:
        label = words.option(OptionList.METHOD, tally.code)
        share, count = words.share(tally.count, whole), words.count(tally.count)
        href = words.link(within("followed", words.filters.period), one_of("followed_method", tally.code))
        hover = f"{label}\n{words.say('analysis.hover.follow_ups_share', n=count, share=share)}"
        marks.append(Mark(label, tally.count, hover, href, count))
        rows.append(Row((label, count, share), href))
    return Chart(
        figure=draw.bars(marks, language=words.language, unit=words.say("analysis.unit.follow_ups")),
        heads=(
            words.say("analysis.head.method"),
            words.say("analysis.head.follow_ups"),
            words.say("analysis.head.share"),
        ),
        rows=tuple(rows),
        summary=_leader("analysis.summary.method", marks, words),
    )


def activity_chart(figures: Figures, words: Wording) -> Chart:
    """跟进趋势: follow-ups of each day; of a long period, each week, month …."""
    marks, rows = [], []
    for (name, step), number in zip(_named_steps(words), figures.activity, strict=True):
        when, count = words.period(step.period), words.count(number)
        href = words.link(within("followed", step.period))
        marks.append(Mark(name, number, f"{when}\n{words.say('analysis.hover.follow_ups', n=count)}", href))
        rows.append(Row((when, count), href))
    return Chart(
        figure=draw.columns(marks, language=words.language, unit=words.say("analysis.unit.follow_ups")),
        heads=(words.say("analysis.head.time"), words.say("analysis.head.follow_ups")),
        rows=tuple(rows) if figures.totals.follow_ups else (),
        summary=words.say("analysis.summary.activity", n=words.count(figures.totals.follow_ups)),
    )


def sales_chart(figures: Figures, words: Wording) -> Chart:
    """销售业绩: deals by the person who owned the customer then."""
    marks = [_person_mark(person, words) for person in figures.by_person[:MOST_PEOPLE]]
    rows = [
        Row((_name(p, words), words.count(p.deals), words.amount(p.amount)), _person_link(p, words))
        for p in figures.by_person
    ]
    return Chart(
        figure=draw.bars(marks, language=words.language, unit=words.say("analysis.unit.yuan"), money=True),
        heads=(words.say("analysis.head.person"), words.say("analysis.head.deals"), words.say("analysis.head.amount")),
        rows=tuple(rows),
        summary=_leader("analysis.summary.sales", marks, words),
    )


# --- Pieces ----------------------------------------------------------------------------------------------------------


def _named_steps(words: Wording) -> Iterator[tuple[str, Span]]:
    unit = step_unit(words.filters.period)
    for step in words.question.steps:
        yield words.step(step.period, unit), step


def _of_new_customers(
    tallies: Sequence[Tally], field: str, list_code: OptionList, figures: Figures, words: Wording
) -> tuple[list[Mark], tuple[Row, ...]]:
    whole = figures.totals.created
    marks, rows = [], []
    for tally in tallies:
        label = words.option(list_code, tally.code)
        share, count = words.share(tally.count, whole), words.count(tally.count)
        href = words.link(words.created(), one_of(field, tally.code))
        hover = f"{label}\n{words.say('analysis.hover.share', n=count, share=share)}"
        marks.append(Mark(label, tally.count, hover, href, count))
        rows.append(Row((label, count, share), href))
    return marks, tuple(rows)


def _share_heads(first: str, words: Wording) -> tuple[str, ...]:
    return (words.say(first), words.say("analysis.head.customers"), words.say("analysis.head.share"))


def _series(position: int) -> str:
    return draw.SERIES[position % len(draw.SERIES)]


def _leader(key: str, marks: Sequence[Mark], words: Wording) -> str:
    """The finding in a sentence: what is largest."""
    return words.say(key, name=marks[0].label, n=marks[0].text) if marks else words.say("analysis.no_data")


def _name(person: PersonTally, words: Wording) -> str:
    return person.name or words.say("analysis.nobody")


def _person_link(person: PersonTally, words: Wording) -> str:
    owner = one_of("deal_owner", str(person.user_id) if person.user_id else "")
    return words.link(within("deal", words.filters.period), owner)


def _person_mark(person: PersonTally, words: Wording) -> Mark:
    name, amount = _name(person, words), words.amount(person.amount)
    deals = words.say("analysis.hover.deals", n=words.count(person.deals), amount=amount)
    return Mark(name, float(person.amount), f"{name}\n{deals}", _person_link(person, words), amount)
