"""Texts of the frame around every chart."""

TEXTS = {
    "charts.definition": ("指标说明:{name}", "What is meant by {name}"),
    "charts.as_table": ("以表格显示", "Show as a table"),
    "charts.as_chart": ("以图表显示", "Show as a chart"),
    "charts.open": (
        "点击图形,或表格中的名称,查看对应的客户",
        "Click a mark, or a name in the table, to open the customers behind it",
    ),
    "charts.failed": ("图表组件加载失败,可先查看表格", "The chart failed to load; the table has the same figures"),
}
