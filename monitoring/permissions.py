"""What may be seen and published in monitoring."""

PERMISSIONS = {
    "monitoring.view_dashboard": "看减负监测",
    "monitoring.view_tallies": "看统计",
    "monitoring.publish_tallies": "发布统计",
}
