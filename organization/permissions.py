"""What may be done with units, people and accounts."""

PERMISSIONS = {
    "organization.view_units": "看单位",
    "organization.view_people": "看通讯录",
    "organization.manage_units": "维护单位",
    "organization.create_accounts": "建立账号",
    "organization.grant_postings": "授予岗位",
    "organization.manage_village_accounts": "开停村（社区）账号",
    "organization.view_audit": "看操作记录",
    "organization.view_rules": "看规则",
    "organization.enter_rules": "录入规则",
    "organization.confirm_rules": "确认规则",
    "organization.view_jobs": "看后台任务",
    "organization.use_api": "使用接口",
}
