"""The key figures in words, each with its change against the time before and the list behind it (R9.1)."""

from decimal import Decimal

from crm_app.analysis.rules.wording import Wording, within
from crm_app.analysis.schemas import Figures, Tile, Totals
from crm_app.core.amounts import format_amount_full
from crm_app.listing.schemas import Condition, Operator


def make_tiles(figures: Figures, before: Totals, words: Wording) -> tuple[Tile, ...]:
    """In the order in which they stand."""
    now, period = figures.totals, words.filters.period
    followed, won = within("followed", period), within("deal", period)
    return (
        _stock_tile(figures, words),
        _counted("created", now.created, before.created, words, href=words.link(words.created())),
        _counted(
            "follow_ups",
            now.follow_ups,
            before.follow_ups,
            words,
            href=words.link(followed),
            note=words.say("analysis.note.customers", n=words.short(now.followed)),
        ),
        _counted(
            "deals",
            now.deals,
            before.deals,
            words,
            href=words.link(won),
            note=words.say("analysis.note.customers", n=words.short(now.won)),
        ),
        _amount_tile(now, before, words, href=words.link(won)),
        _conversion_tile(now, before, words, href=words.link(followed, won)),
        _overdue_tile(figures, words),
    )


def change(now: int | Decimal, before: int | Decimal) -> float | None:
    """Growth against the time before, as a share; None where there was nothing."""
    return float(now - before) / float(before) if before else None


def conversion(totals: Totals) -> float | None:
    """转化率: of the customers followed up in the span, the share won in it; None where nobody was followed up."""
    return totals.converted / totals.followed if totals.followed else None


def percent(share: float) -> str:
    """With its sign: +12.3%, -4.0%, +250%."""
    if abs(share) < 0.0005:
        return "0%"
    return f"{share:+.0%}" if abs(share) >= 1 else f"{share:+.1%}"


def _tone(difference: float | Decimal, *, more_is_better: bool = True) -> str:
    if not difference:
        return "same"
    return "good" if (difference > 0) == more_is_better else "bad"


def _counted(key: str, now: int, before: int, words: Wording, *, href: str, note: str = "") -> Tile:
    share = change(now, before)
    text = percent(share) if share is not None else (f"+{now:,}" if now else "")
    return Tile(
        key=key,
        value=words.short(now),
        full=words.count(now),
        note=note,
        change=text,
        against=words.say("analysis.against", before=words.before(), value=words.short(before)),
        tone=_tone(now - before),
        rising=now >= before,
        href=href,
    )


def _stock_tile(figures: Figures, words: Wording) -> Tile:
    stock, period = figures.stock, words.question.current.period
    grown = stock.customers - stock.customers_before
    share = change(stock.customers, stock.customers_before)
    return Tile(
        key="customers",
        value=words.short(stock.customers),
        full=words.count(stock.customers),
        change=percent(share) if share is not None else (f"+{grown:,}" if grown else ""),
        against=words.say("analysis.against_start", value=words.count(stock.customers_before)),
        tone=_tone(grown),
        rising=grown >= 0,
        href=words.link(*words.created_by(period)),
    )


def _amount_tile(now: Totals, before: Totals, words: Wording, *, href: str) -> Tile:
    share = change(now.amount, before.amount)
    text = percent(share) if share is not None else (f"+{words.amount(now.amount)}" if now.amount else "")
    return Tile(
        key="amount",
        value=words.amount(now.amount),
        full=format_amount_full(now.amount),
        change=text,
        against=words.say("analysis.against", before=words.before(), value=words.amount(before.amount)),
        tone=_tone(now.amount - before.amount),
        rising=now.amount >= before.amount,
        href=href,
    )


def _conversion_tile(now: Totals, before: Totals, words: Wording, *, href: str) -> Tile:
    rate, earlier = conversion(now), conversion(before)
    points = 0.0 if rate is None or earlier is None else round((rate - earlier) * 100, 1)
    return Tile(
        key="conversion",
        value="–" if rate is None else f"{rate:.1%}",
        note=words.say("analysis.note.of", part=words.short(now.converted), whole=words.short(now.followed)),
        change=words.say("analysis.points", n=f"{points:+.1f}") if rate is not None and earlier is not None else "",
        against=words.say(
            "analysis.against", before=words.before(), value="–" if earlier is None else f"{earlier:.1%}"
        ),
        tone=_tone(points),
        rising=points >= 0,
        href=href,
    )


def _overdue_tile(figures: Figures, words: Wording) -> Tile:
    stock = figures.stock
    fresh = stock.overdue - stock.overdue_before
    return Tile(
        key="overdue",
        value=words.short(stock.overdue),
        full=words.count(stock.overdue),
        change=f"+{fresh:,}" if fresh else "",
        against=words.say("analysis.against_overdue", value=words.count(stock.overdue_before)),
        tone=_tone(fresh, more_is_better=False),
        rising=True,
        href=words.link(Condition("next_follow_up", Operator.BEFORE, ("today",))),
    )
