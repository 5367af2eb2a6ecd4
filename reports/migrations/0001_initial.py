from decimal import Decimal

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0002_initial'),
        ('organization', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('frequency', models.CharField(choices=[('daily', '每日'), ('weekly', '每周'), ('ten_day', '每旬'), ('monthly', '每月'), ('quarterly', '每季'), ('half_yearly', '每半年'), ('yearly', '每年'), ('one_off', '一次性')], max_length=12, verbose_name='频次')),
                ('period', models.CharField(max_length=10, verbose_name='期别')),
                ('period_start', models.DateField(verbose_name='期初')),
                ('opens_on', models.DateField(verbose_name='开填日期')),
                ('due_on', models.DateField(verbose_name='截止日期')),
                ('due_provisional', models.BooleanField(default=False, verbose_name='按周末推算')),
                ('burden_month', models.CharField(max_length=7, verbose_name='负担月份')),
                ('state', models.CharField(choices=[('open', '未填报'), ('submitted', '已报送'), ('township_approved', '乡镇已审'), ('accepted', '已接收'), ('returned', '退回修改'), ('refused', '无编号，依规不报'), ('stopped', '停止填报')], default='open', max_length=20, verbose_name='状态')),
                ('fields', models.SmallIntegerField(default=0, verbose_name='指标数')),
                ('typed', models.SmallIntegerField(default=0, verbose_name='填写')),
                ('checked', models.SmallIntegerField(default=0, verbose_name='核对')),
                ('minutes', models.DecimalField(decimal_places=2, default=0, max_digits=8, verbose_name='用时（分钟）')),
                ('flags', models.JSONField(default=list, verbose_name='提示')),
                ('submitted_at', models.DateTimeField(null=True, verbose_name='报送时间')),
                ('submitted_by', models.CharField(blank=True, max_length=100, verbose_name='报送人')),
                ('approved_on', models.DateField(null=True, verbose_name='乡镇审核日期')),
                ('by_township', models.BooleanField(default=False, verbose_name='乡镇代填')),
                ('returns', models.SmallIntegerField(default=0, verbose_name='退回次数')),
                ('act', models.UUIDField(null=True)),
                ('version', models.IntegerField(default=1)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='organization.unit', verbose_name='填报单位')),
            ],
            options={
                'verbose_name': '填报任务',
            },
        ),
        migrations.CreateModel(
            name='Element',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(error_messages={'unique': '该指标代码已使用。'}, max_length=20, unique=True, verbose_name='指标代码')),
                ('name', models.CharField(max_length=60, verbose_name='指标名称')),
                ('pinyin', models.CharField(blank=True, max_length=400)),
                ('initials', models.CharField(blank=True, max_length=200)),
                ('status', models.CharField(choices=[('pending', '待审'), ('active', '启用'), ('superseded', '已替代'), ('retired', '停用')], default='pending', max_length=12, verbose_name='状态')),
                ('basic', models.BooleanField(default=False, help_text='户数、人口、耕地等，不计入重复。', verbose_name='基础字段')),
                ('sensitivity', models.CharField(choices=[('own', '仅本部门'), ('shared', '县内共享'), ('sensitive', '敏感')], default='shared', max_length=10, verbose_name='共享范围')),
                ('period_type', models.CharField(choices=[('daily', '每日'), ('weekly', '每周'), ('ten_day', '每旬'), ('monthly', '每月'), ('quarterly', '每季'), ('half_yearly', '每半年'), ('yearly', '每年'), ('one_off', '一次性')], default='monthly', max_length=12, verbose_name='更新周期')),
                ('aggregation', models.CharField(choices=[('sum', '求和'), ('last', '取期末'), ('none', '不汇总')], default='last', max_length=6, verbose_name='汇总方式')),
                ('carry', models.CharField(choices=[('carry', '沿用上期'), ('anew', '每期重填'), ('source', '来源部门提供')], default='carry', max_length=8, verbose_name='带出方式')),
                ('likely_to_change', models.BooleanField(default=False, verbose_name='常变动')),
                ('external_code', models.CharField(blank=True, max_length=60, verbose_name='省平台代码')),
                ('version', models.IntegerField(default=1)),
                ('source_unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='elements', to='organization.unit', verbose_name='来源部门')),
                ('superseded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='supersedes', to='reports.element')),
            ],
            options={
                'verbose_name': '指标',
            },
        ),
        migrations.CreateModel(
            name='ElementVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.SmallIntegerField(default=1, verbose_name='版本')),
                ('name', models.CharField(max_length=60, verbose_name='指标名称')),
                ('definition', models.CharField(max_length=300, verbose_name='口径')),
                ('value_type', models.CharField(choices=[('integer', '整数'), ('decimal', '小数'), ('text', '文字'), ('choice', '选项')], default='integer', max_length=8, verbose_name='值类型')),
                ('unit', models.CharField(blank=True, max_length=12, verbose_name='计量单位')),
                ('decimals', models.SmallIntegerField(default=0, verbose_name='小数位')),
                ('low', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True, verbose_name='下限')),
                ('high', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True, verbose_name='上限')),
                ('choices', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name='选项')),
                ('from_period', models.DateField(verbose_name='自何期起')),
                ('element', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='reports.element')),
            ],
            options={
                'verbose_name': '指标版本',
            },
        ),
        migrations.CreateModel(
            name='FieldReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('comment', models.CharField(max_length=200, verbose_name='意见')),
                ('old_text', models.CharField(blank=True, max_length=500, verbose_name='退回时的值')),
                ('by', models.CharField(max_length=100, verbose_name='退回人')),
                ('act', models.UUIDField()),
                ('at', models.DateTimeField(verbose_name='退回时间')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='改后报送时间')),
                ('assignment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='field_returns', to='reports.assignment')),
                ('element', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.element')),
            ],
            options={
                'verbose_name': '单项退回',
            },
        ),
        migrations.CreateModel(
            name='Form',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='表号')),
                ('name', models.CharField(max_length=80, verbose_name='报表名称')),
                ('pinyin', models.CharField(blank=True, max_length=400)),
                ('initials', models.CharField(blank=True, max_length=200)),
                ('category', models.CharField(choices=[('statutory', '法定统计调查'), ('superior', '上级部署'), ('county', '县级工作报表'), ('township', '乡镇自设')], max_length=10, verbose_name='类别')),
                ('state', models.CharField(choices=[('draft', '未准入'), ('active', '在用'), ('expired', '已过有效期'), ('merged', '已并入'), ('cancelled', '已停用')], default='draft', max_length=10, verbose_name='状态')),
                ('temporary', models.BooleanField(default=False, verbose_name='临时编号')),
                ('valid_from', models.DateField(null=True, verbose_name='生效日期')),
                ('valid_until', models.DateField(null=True, verbose_name='有效期至')),
                ('reference', models.CharField(blank=True, max_length=120, verbose_name='文号')),
                ('version', models.IntegerField(default=1)),
                ('number', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='form', to='core.numbereditem', verbose_name='准入编号')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forms', to='organization.unit', verbose_name='制表单位')),
                ('successor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='reports.form', verbose_name='并入')),
            ],
            options={
                'verbose_name': '报表',
            },
        ),
        migrations.AddField(
            model_name='assignment',
            name='form',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='reports.form', verbose_name='报表'),
        ),
        migrations.CreateModel(
            name='FormVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.SmallIntegerField(default=1, verbose_name='版本')),
                ('frequency', models.CharField(choices=[('daily', '每日'), ('weekly', '每周'), ('ten_day', '每旬'), ('monthly', '每月'), ('quarterly', '每季'), ('half_yearly', '每半年'), ('yearly', '每年'), ('one_off', '一次性')], default='monthly', max_length=12, verbose_name='频次')),
                ('opens_day', models.SmallIntegerField(default=0, help_text='期内第几日；0 为首个工作日。', verbose_name='开填日')),
                ('due_kind', models.CharField(choices=[('day', '期内第几日'), ('workdays_after', '期满后几个工作日')], default='day', max_length=16, verbose_name='截止方式')),
                ('due_n', models.SmallIntegerField(default=28, verbose_name='截止')),
                ('respondent_rule', models.JSONField(default=dict, help_text='{"kind": "all"} 或 {"kind": "units", "ids": [...]}', verbose_name='填报范围')),
                ('minutes_fixed', models.DecimalField(decimal_places=2, default=5, max_digits=6, verbose_name='每次固定用时（分钟）')),
                ('from_period', models.DateField(null=True, verbose_name='自何期起')),
                ('in_force', models.BooleanField(default=False, verbose_name='已准入')),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='reports.form')),
            ],
            options={
                'verbose_name': '报表版本',
            },
        ),
        migrations.CreateModel(
            name='FormRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('new', '新增'), ('renew', '延期'), ('revise', '修订'), ('cancel', '停用'), ('urgent', '上级急要数'), ('existing', '存量登记')], default='new', max_length=10, verbose_name='申请类型')),
                ('purpose', models.TextField(blank=True, verbose_name='目的')),
                ('use', models.TextField(blank=True, verbose_name='用途')),
                ('basis', models.CharField(blank=True, max_length=200, verbose_name='依据（文号）')),
                ('superior_ref', models.CharField(blank=True, max_length=200, verbose_name='上级报表或通知')),
                ('sources', models.TextField(blank=True, verbose_name='已查过的现有数据来源')),
                ('respondents', models.IntegerField(default=0, verbose_name='填报单位数（D）')),
                ('times_a_year', models.IntegerField(default=0, verbose_name='每年次数（E）')),
                ('minutes_each', models.DecimalField(decimal_places=2, default=0, max_digits=8, verbose_name='每次分钟（G）')),
                ('hours_before', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='变更前每年小时')),
                ('hours_after', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='变更后每年小时')),
                ('change_code', models.CharField(blank=True, choices=[('unnecessary', '非必要'), ('duplicate', '重复'), ('over_superior', '高于上级要求'), ('incomplete', '依据不足'), ('cancelled', '停用'), ('merged_away', '并入'), ('frequency_cut', '降低频次'), ('fields_cut', '减少指标'), ('scope_cut', '缩小范围'), ('prefilled', '改为带出'), ('re_estimated', '口径调整'), ('expired', '到期')], max_length=16, verbose_name='变化原因')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='申请有效期至')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('submitted', '待审'), ('provisional', '临时编号待审'), ('returned', '退回修改'), ('admitted', '准入'), ('merged', '并入'), ('taken', '直接取用'), ('registered', '登记'), ('rejected', '驳回'), ('withdrawn', '已撤回')], default='draft', max_length=12, verbose_name='状态')),
                ('reason_code', models.CharField(blank=True, choices=[('unnecessary', '非必要'), ('duplicate', '重复'), ('over_superior', '高于上级要求'), ('incomplete', '依据不足'), ('cancelled', '停用'), ('merged_away', '并入'), ('frequency_cut', '降低频次'), ('fields_cut', '减少指标'), ('scope_cut', '缩小范围'), ('prefilled', '改为带出'), ('re_estimated', '口径调整'), ('expired', '到期')], max_length=16, verbose_name='驳回原因')),
                ('opinion', models.TextField(blank=True, verbose_name='审核意见')),
                ('taken_elements', models.JSONField(default=list, verbose_name='直接取用的指标')),
                ('created_at', models.DateTimeField(verbose_name='建立时间')),
                ('submitted_at', models.DateTimeField(null=True, verbose_name='送审时间')),
                ('decide_by', models.DateField(null=True, verbose_name='审结期限')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='审结时间')),
                ('decided_by', models.CharField(blank=True, max_length=100, verbose_name='审核人')),
                ('created_by_id', models.BigIntegerField(null=True, verbose_name='经办人编号')),
                ('created_by', models.CharField(blank=True, max_length=100, verbose_name='经办人')),
                ('version', models.IntegerField(default=1)),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='reports.form', verbose_name='报表')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.form', verbose_name='并入')),
                ('requester', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='form_requests', to='organization.unit', verbose_name='申请单位')),
                ('review_of', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='review', to='reports.formrequest', verbose_name='复核自')),
                ('form_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='reports.formversion')),
            ],
            options={
                'verbose_name': '报表申请',
            },
        ),
        migrations.CreateModel(
            name='FormField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.SmallIntegerField(verbose_name='顺序')),
                ('section', models.CharField(blank=True, max_length=40, verbose_name='分组')),
                ('required', models.BooleanField(default=True, verbose_name='必填')),
                ('by_superior', models.BooleanField(default=False, verbose_name='上级表要求')),
                ('extra_reason', models.CharField(blank=True, max_length=200, verbose_name='超出上级要求的理由')),
                ('element', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='form_fields', to='reports.element', verbose_name='指标')),
                ('form_version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fields', to='reports.formversion')),
            ],
            options={
                'verbose_name': '报表指标',
                'ordering': ['place', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='FormCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('left', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='左侧指标')),
                ('op', models.CharField(choices=[('=', '等于'), ('<=', '不大于'), ('>=', '不小于')], max_length=2, verbose_name='关系')),
                ('right', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='右侧指标')),
                ('strength', models.CharField(choices=[('hard', '必须符合'), ('soft', '提示核对')], default='hard', max_length=4, verbose_name='强度')),
                ('message', models.CharField(max_length=120, verbose_name='提示')),
                ('form_version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='reports.formversion')),
            ],
            options={
                'verbose_name': '表内关系',
            },
        ),
        migrations.AddField(
            model_name='assignment',
            name='form_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='reports.formversion'),
        ),
        migrations.CreateModel(
            name='Respondent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form_version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='respondents', to='reports.formversion')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='respondent_of', to='organization.unit')),
            ],
            options={
                'verbose_name': '填报单位',
            },
        ),
        migrations.CreateModel(
            name='TallyRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('month', '月'), ('quarter', '季')], max_length=8, verbose_name='类型')),
                ('period', models.CharField(max_length=10, verbose_name='期别')),
                ('revision', models.SmallIntegerField(default=1, verbose_name='修订')),
                ('as_of', models.DateTimeField(verbose_name='截至')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='修订原因')),
                ('digest', models.CharField(max_length=64, verbose_name='摘要')),
                ('published_at', models.DateTimeField(null=True, verbose_name='发布时间')),
            ],
            options={
                'verbose_name': '统计',
                'constraints': [models.UniqueConstraint(fields=('kind', 'period', 'revision'), name='one_run_per_revision')],
            },
        ),
        migrations.CreateModel(
            name='DepartmentQuarter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('active', models.IntegerField(default=0, verbose_name='在用')),
                ('admitted', models.IntegerField(default=0, verbose_name='准入')),
                ('taken_directly', models.IntegerField(default=0, verbose_name='直接取用')),
                ('cancelled', models.IntegerField(default=0, verbose_name='停用')),
                ('merged', models.IntegerField(default=0, verbose_name='并入')),
                ('rejected', models.IntegerField(default=0, verbose_name='驳回')),
                ('urgent', models.IntegerField(default=0, verbose_name='上级急要数')),
                ('minutes', models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name='要数用时（分钟）')),
                ('superior_minutes', models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name='其中上级部署（分钟）')),
                ('real_cut', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='实际压减（小时）')),
                ('re_estimate', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='口径调整（小时）')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quarters', to='organization.unit')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='department_quarters', to='reports.tallyrun')),
            ],
            options={
                'verbose_name': '部门季度负担',
            },
        ),
        migrations.CreateModel(
            name='UnitMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.CharField(max_length=7, verbose_name='月份')),
                ('forms', models.IntegerField(default=0, verbose_name='报表数')),
                ('expected', models.IntegerField(default=0, verbose_name='应报')),
                ('received', models.IntegerField(default=0, verbose_name='已报')),
                ('on_time', models.IntegerField(default=0, verbose_name='按时')),
                ('overdue', models.IntegerField(default=0, verbose_name='逾期')),
                ('typed', models.IntegerField(default=0, verbose_name='填写项')),
                ('checked', models.IntegerField(default=0, verbose_name='核对项')),
                ('minutes', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='用时（分钟）')),
                ('people', models.IntegerField(default=0, verbose_name='填报员')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unit_months', to='reports.tallyrun')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='months', to='organization.unit')),
            ],
            options={
                'verbose_name': '单位月度负担',
            },
        ),
        migrations.CreateModel(
            name='Value',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period_start', models.DateField(verbose_name='期初')),
                ('period', models.CharField(max_length=10, verbose_name='期别')),
                ('kind', models.CharField(choices=[('number', '数值'), ('text', '文字'), ('na', '不适用')], default='number', max_length=6, verbose_name='类型')),
                ('number', models.DecimalField(decimal_places=4, max_digits=18, null=True, verbose_name='数值')),
                ('text', models.CharField(blank=True, max_length=500, verbose_name='文字')),
                ('origin', models.CharField(choices=[('typed', '填报'), ('carried', '沿用'), ('derived', '汇总'), ('ledger', '来源部门'), ('import', '导入'), ('by_township', '乡镇代填')], max_length=12, verbose_name='来源')),
                ('origin_ref', models.CharField(blank=True, max_length=120, verbose_name='来源说明')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='核对时间')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('first_assignment_id', models.BigIntegerField(null=True, verbose_name='首次用于')),
                ('at', models.DateTimeField(verbose_name='更新时间')),
                ('version', models.IntegerField(default=1)),
                ('element', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='values', to='reports.element', verbose_name='指标')),
                ('element_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.elementversion')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='values', to='organization.unit', verbose_name='单位')),
            ],
            options={
                'verbose_name': '数值',
            },
        ),
        migrations.CreateModel(
            name='ValueChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('element_id', models.BigIntegerField()),
                ('unit_id', models.BigIntegerField()),
                ('period_start', models.DateField()),
                ('old', models.CharField(blank=True, max_length=500, verbose_name='原值')),
                ('new', models.CharField(blank=True, max_length=500, verbose_name='新值')),
                ('origin', models.CharField(choices=[('typed', '填报'), ('carried', '沿用'), ('derived', '汇总'), ('ledger', '来源部门'), ('import', '导入'), ('by_township', '乡镇代填')], max_length=12, verbose_name='来源')),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor', models.CharField(max_length=100, verbose_name='操作人')),
                ('act', models.UUIDField(null=True)),
                ('at', models.DateTimeField(verbose_name='时间')),
            ],
            options={
                'verbose_name': '数值变动',
                'indexes': [models.Index(fields=['unit_id', 'element_id', 'period_start'], name='reports_val_unit_id_014e20_idx'), models.Index(fields=['at'], name='reports_val_at_42f40a_idx')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='valuechange',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6401dd5ad73594712125cbeb9c9b5d6249553881', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_11aae', table='reports_valuechange', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='element',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['pending', 'active'])), fields=('name',), name='one_present_element_per_name', violation_error_message='已有同名指标；口径不同请作为新版本，或换一个名称。'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='element',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='2571f4c89c6180405b293eda387bb837fde90235', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_97e11', table='reports_element', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='elementversion',
            constraint=models.UniqueConstraint(fields=('element', 'n'), name='one_element_version_per_number'),
        ),
        migrations.AddConstraint(
            model_name='elementversion',
            constraint=models.CheckConstraint(condition=models.Q(('low__isnull', True), ('high__isnull', True), ('low__lte', models.F('high')), _connector='OR'), name='low_not_above_high', violation_error_message='下限不能大于上限。'),
        ),
        migrations.AddConstraint(
            model_name='elementversion',
            constraint=models.CheckConstraint(condition=models.Q(('decimals__gte', 0), ('decimals__lte', 4)), name='decimals_from_0_to_4', violation_error_message='小数位应为 0 至 4。'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='elementversion',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='a1635323a6edc557bd0f7cc07178060f7b4889b9', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_05ab5', table='reports_elementversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fieldreturn',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='271faef43d2f702f4d6c459b87007ec78d260020', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_34f1a', table='reports_fieldreturn', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='form',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'active'), _negated=True), models.Q(('number__isnull', False), ('valid_until__isnull', False)), _connector='OR'), name='active_form_has_number_and_expiry', violation_error_message='在用报表须有准入编号和有效期。'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='form',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='6ffaf413f13fc8d7c570fa492c2a0c43f04fd39c', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_c5058', table='reports_form', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='formversion',
            constraint=models.UniqueConstraint(fields=('form', 'n'), name='one_form_version_per_number'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formversion',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='8b553c8b510e6ca93ebe70f2cff6f1099835aec4', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_574d3', table='reports_formversion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='formrequest',
            index=models.Index(fields=['state', 'decide_by'], name='reports_for_state_55f229_idx'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formrequest',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='ceead40bc744a5b68b5a29d179e66e110c91fec8', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_79306', table='reports_formrequest', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='formfield',
            constraint=models.UniqueConstraint(fields=('form_version', 'element'), name='element_once_per_form', violation_error_message='同一指标在一张表中只能出现一次。'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formfield',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='1f1bf53abc6418ef5a16043f844bc42d35060578', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_3d130', table='reports_formfield', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formcheck',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='2192b2ab59a8ff7b4aeb766ab8c8e76cade20318', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_a9a43', table='reports_formcheck', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(fields=['burden_month', 'unit'], name='reports_ass_burden__b28cb7_idx'),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(fields=['unit', 'state', 'due_on'], name='reports_ass_unit_id_3b3c9b_idx'),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(fields=['form', 'period_start'], name='reports_ass_form_id_74f93f_idx'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('form', 'unit', 'period'), name='one_assignment_per_form_unit_period'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='assignment',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='7964a15623ca1a1c095af8fd923e8b3f9852635c', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_81074', table='reports_assignment', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='respondent',
            constraint=models.UniqueConstraint(fields=('form_version', 'unit'), name='respondent_once_per_form'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='respondent',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='3dfdad047e499b5f6fd0812f5f28b623c87a28bb', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_061c8', table='reports_respondent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='departmentquarter',
            constraint=models.UniqueConstraint(fields=('run', 'unit'), name='one_quarter_per_department_and_run'),
        ),
        migrations.AddConstraint(
            model_name='unitmonth',
            constraint=models.UniqueConstraint(fields=('month', 'unit', 'run'), name='one_month_per_unit_and_run'),
        ),
        migrations.AddIndex(
            model_name='value',
            index=models.Index(fields=['unit', 'element', '-period_start'], name='reports_val_unit_id_368075_idx'),
        ),
        migrations.AddConstraint(
            model_name='value',
            constraint=models.UniqueConstraint(fields=('period_start', 'unit', 'element'), name='one_value_per_element_unit_period'),
        ),
        migrations.AddConstraint(
            model_name='value',
            constraint=models.CheckConstraint(condition=models.Q(('number__isnull', True), ('number__lte', Decimal('99999999999999.9999')), _connector='OR'), name='value_is_a_number', violation_error_message='数值无效。'),
        ),
    ]
