"""What may be done with indicators, forms, assignments and values."""

PERMISSIONS = {
    "reports.view_elements": "看指标库",
    "reports.manage_elements": "维护指标库",
    "reports.view_forms": "看报表目录",
    "reports.view_requests": "看报表申请",
    "reports.request_forms": "申请报表",
    "reports.decide_requests": "审核报表申请",
    "reports.register_statutory": "登记法定统计调查",
    "reports.manage_forms": "管理本单位报表",
    "reports.view_assignments": "看填报任务",
    "reports.fill": "填报",
    "reports.fill_for": "代填",
    "reports.review": "乡镇审核",
    "reports.dispatch": "分派",
    "reports.receive": "接收数据",
    "reports.view_values": "看数据",
}
