"""Charts as SVG, drawn on the server with presentation attributes and classes only, as the CSP asks.

Each chart has a text alternative. Colours are the stylesheet's: series n has the class `chart__bar--n`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WIDTH, _HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 20, 28
# Round numbers in tenths, so that a quarter such as 2.5 times a power of ten stays exact.
_STEPS = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Bar:
    """One column: a label such as "Mon 16" and its parts from the bottom up, one for each series."""

    label: str
    parts: tuple[int, ...]

    @property
    def total(self) -> int:
        """The height of the column."""
        return sum(self.parts)


def nice_ceiling(value: int) -> int:
    """Four times a round number, at or above `value`: the axis has four lines above the ground."""
    quarter = max(1, -(-value // 4))
    power: int = 10 ** (len(str(quarter)) - 1)
    return 4 * next(step for tenths in _STEPS if (step := tenths * power // 10) >= quarter)


def week_chart(
    bars: Sequence[Bar],
    *,
    title: str,
    series: Sequence[str] = (),
    limit: int | None = None,
    limit_label: str = "Limit",
) -> SafeString:
    """Columns, one a day, stacked by series, with an optional line for a limit such as the included calls."""
    top = nice_ceiling(max([bar.total for bar in bars] + [limit or 0]))
    inner_height = _HEIGHT - _TOP - _BOTTOM
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    grid = format_html_join("", *_grid(top, inner_height))
    columns = format_html_join(
        "",
        "{}",
        ((_column(bar, _LEFT + slot * index, slot, inner_height / top),) for index, bar in enumerate(bars)),
    )
    line = _limit_line(limit, inner_height / top, limit_label) if limit else ""
    return format_html(
        '<div class="chart-frame"><svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg></div>',
        _WIDTH,
        _HEIGHT,
        _alternative(bars, title, series, f"{limit_label} {limit:,}" if limit else ""),
        grid,
        columns,
        line,
    )


def _grid(top: int, inner_height: float) -> tuple[str, list[tuple[object, ...]]]:
    markup = (
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="chart__text" x="{}" y="{}" text-anchor="end">{}</text>'
    )
    rows: list[tuple[object, ...]] = []
    for quarter in range(5):
        y = _number(_TOP + inner_height * (4 - quarter) / 4)
        name = "chart__grid" if quarter else "chart__axis"
        label = f"{top * quarter // 4:,}"
        rows.append((name, _LEFT, _WIDTH - _RIGHT, y, y, _LEFT - 8, _number(float(y) + 4), label))
    return markup, rows


def _column(bar: Bar, x: float, slot: float, scale: float) -> SafeString:
    width = min(slot * 0.62, 56)
    left = x + (slot - width) / 2
    y = _HEIGHT - _BOTTOM
    parts = []
    bottom = float(y)
    for number, part in enumerate(bar.parts, start=1):
        if part:
            height = part * scale
            bottom -= height
            parts.append((number, _number(left), _number(bottom), _number(width), _number(height)))
    middle = _number(x + slot / 2)
    value = f"{bar.total:,}" if bar.total else ""
    return format_html(
        '<g><title>{}: {}</title>{}<text class="chart__value" x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text class="chart__text" x="{}" y="{}" text-anchor="middle">{}</text></g>',
        bar.label,
        f"{bar.total:,}",
        format_html_join("", '<rect class="chart__bar--{}" x="{}" y="{}" width="{}" height="{}"/>', parts),
        middle,
        _number(bottom - 6),
        value,
        middle,
        _HEIGHT - 8,
        bar.label,
    )


def _limit_line(limit: int, scale: float, label: str) -> SafeString:
    y = _HEIGHT - _BOTTOM - limit * scale
    return format_html(
        '<line class="chart__limit" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="chart__text" x="{}" y="{}" text-anchor="end">{} {}</text>',
        _LEFT,
        _WIDTH - _RIGHT,
        _number(y),
        _number(y),
        _WIDTH - _RIGHT,
        _number(y - 6),
        label,
        f"{limit:,}",
    )


def _alternative(bars: Sequence[Bar], title: str, series: Sequence[str], limit: str) -> str:
    """The chart in words: the title, then each column, split by series where there are several."""
    days = []
    for bar in bars:
        text = f"{bar.label} {bar.total:,}"
        if len(series) > 1 and bar.total:
            named = [f"{name} {part:,}" for name, part in zip(series, bar.parts, strict=True) if part]
            text += f" ({', '.join(named)})"
        days.append(text)
    ending = f". {limit}" if limit else ""
    return f"{title}: {'; '.join(days) or 'no data'}{ending}."


def sparkline(values: Sequence[int], *, label: str) -> SafeString:
    """A small line without axes. `label` says it in words, such as "1,204 calls in 30 days"."""
    top = max([*values, 1])
    step = 100 / max(len(values) - 1, 1)
    points = " ".join(
        f"{_number(index * step)},{_number(23 - 21 * value / top)}" for index, value in enumerate(values)
    )
    return format_html(
        '<svg class="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polygon class="sparkline__area" points="0,24 {} 100,24"/>'
        '<polyline class="sparkline__line" points="{}"/></svg>',
        label,
        points,
        points,
    )


def _number(value: float) -> str:
    """A coordinate without needless digits."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
