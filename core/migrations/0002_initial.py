import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_extensions'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False, verbose_name='日期')),
                ('first_id', models.BigIntegerField(null=True, verbose_name='首条')),
                ('last_id', models.BigIntegerField(null=True, verbose_name='末条')),
                ('rows', models.IntegerField(verbose_name='条数')),
                ('previous', models.CharField(blank=True, max_length=64, verbose_name='前一日链头')),
                ('head', models.CharField(max_length=64, verbose_name='链头')),
                ('handed_out_at', models.DateTimeField(null=True, verbose_name='送出时间')),
            ],
        ),
        migrations.CreateModel(
            name='Baseline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('figure', models.CharField(max_length=80, verbose_name='指标')),
                ('scope', models.CharField(max_length=80, verbose_name='范围')),
                ('frozen_on', models.DateField(verbose_name='锁定日')),
                ('definition', models.TextField(verbose_name='统计口径')),
                ('numerator', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='分子')),
                ('denominator', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='分母')),
                ('digest', models.CharField(max_length=64, verbose_name='摘要')),
            ],
        ),
        migrations.CreateModel(
            name='Bucket',
            fields=[
                ('key', models.CharField(max_length=120, primary_key=True, serialize=False)),
                ('tokens', models.FloatField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Citation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=60)),
                ('object_id', models.CharField(max_length=40)),
                ('label', models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='Exceedance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=80, verbose_name='规则')),
                ('rule_text', models.CharField(max_length=400, verbose_name='条文')),
                ('source', models.CharField(max_length=200, verbose_name='出处')),
                ('actual', models.CharField(max_length=100, verbose_name='实际')),
                ('allowed', models.CharField(max_length=100, verbose_name='规定')),
                ('reason', models.TextField(verbose_name='理由')),
                ('approver_id', models.BigIntegerField(null=True)),
                ('approver', models.CharField(max_length=100, verbose_name='批准人')),
                ('unit_id', models.BigIntegerField(null=True)),
                ('model', models.CharField(max_length=60)),
                ('object_id', models.CharField(max_length=40)),
                ('label', models.CharField(blank=True, max_length=200)),
                ('act', models.UUIDField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Idempotency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor_id', models.BigIntegerField()),
                ('key', models.CharField(max_length=64)),
                ('body_hash', models.CharField(max_length=64)),
                ('answer', models.JSONField(null=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('demo', '演示县'), ('real', '正式')], max_length=8, verbose_name='类型')),
                ('county_code', models.CharField(max_length=12, verbose_name='县代码')),
            ],
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60, verbose_name='类型')),
                ('key', models.CharField(max_length=120, unique=True, verbose_name='键')),
                ('args', models.JSONField(default=dict, verbose_name='参数')),
                ('state', models.CharField(choices=[('waiting', '等待'), ('running', '进行中'), ('done', '完成'), ('failed', '失败')], default='waiting', max_length=8, verbose_name='状态')),
                ('done', models.IntegerField(default=0, verbose_name='已完成')),
                ('total', models.IntegerField(default=0, verbose_name='总数')),
                ('result', models.JSONField(default=dict, verbose_name='结果')),
                ('attempts', models.SmallIntegerField(default=0, verbose_name='次数')),
                ('leased_until', models.DateTimeField(null=True, verbose_name='租约至')),
                ('worker', models.CharField(blank=True, max_length=120, verbose_name='执行进程')),
                ('error', models.TextField(blank=True, verbose_name='错误')),
                ('created_at', models.DateTimeField(verbose_name='建立')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='完成时间')),
            ],
        ),
        migrations.CreateModel(
            name='NumberedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='代字')),
                ('year', models.SmallIntegerField(verbose_name='年份')),
                ('serial', models.IntegerField(verbose_name='序号')),
                ('kind', models.CharField(max_length=40, verbose_name='类别')),
                ('title', models.CharField(max_length=200, verbose_name='名称')),
                ('owner_unit_id', models.BigIntegerField(verbose_name='制表单位编号')),
                ('owner', models.CharField(max_length=100, verbose_name='单位')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(null=True, verbose_name='有效期')),
                ('state', models.CharField(default='valid', max_length=20, verbose_name='状态')),
                ('url', models.CharField(blank=True, max_length=200)),
                ('minutes', models.IntegerField(null=True, verbose_name='每次用时（分钟）')),
            ],
        ),
        migrations.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=80, verbose_name='规则')),
                ('value', models.JSONField(default=dict, verbose_name='数值')),
                ('strength', models.CharField(choices=[('hard', '刚性规定'), ('soft', '原则性规定')], max_length=4, verbose_name='强度')),
                ('text', models.CharField(max_length=400, verbose_name='条文')),
                ('source', models.CharField(max_length=200, verbose_name='出处')),
                ('checked', models.BooleanField(default=False, verbose_name='条款号已核')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='施行期间')),
                ('entered_by', models.CharField(blank=True, max_length=100, verbose_name='录入')),
                ('confirmed_by', models.CharField(blank=True, max_length=100, verbose_name='确认')),
                ('version', models.IntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='代字')),
                ('year', models.SmallIntegerField(verbose_name='年份')),
                ('next', models.IntegerField(default=1, verbose_name='下一号')),
            ],
        ),
        migrations.CreateModel(
            name='SheetCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.CharField(max_length=64, verbose_name='文件摘要')),
                ('kind', models.CharField(max_length=60, verbose_name='用途')),
                ('uploaded_name', models.CharField(max_length=200, verbose_name='文件名')),
                ('target', models.CharField(blank=True, max_length=80, verbose_name='对象')),
                ('rows', models.JSONField(default=list, verbose_name='行')),
                ('problems', models.JSONField(default=list, verbose_name='问题')),
                ('notes', models.JSONField(default=list, verbose_name='提示')),
                ('state', models.CharField(choices=[('checked', '待确认'), ('confirmed', '已导入'), ('void', '已作废')], default='checked', max_length=10, verbose_name='状态')),
                ('actor_id', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Waiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=80, verbose_name='规则')),
                ('kind', models.CharField(choices=[('approval', '批准'), ('superior', '上级通知'), ('emergency', '应急')], max_length=12, verbose_name='依据类型')),
                ('reference', models.CharField(max_length=200, verbose_name='文号或标题')),
                ('basis', models.TextField(blank=True, verbose_name='依据')),
                ('until', models.DateField(null=True, verbose_name='有效期至')),
                ('filed_at', models.DateTimeField(null=True, verbose_name='补办时间')),
                ('model', models.CharField(max_length=60)),
                ('object_id', models.CharField(max_length=40)),
                ('attachment_id', models.BigIntegerField(null=True)),
                ('act', models.UUIDField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=200, verbose_name='文件名')),
                ('type', models.CharField(max_length=80, verbose_name='类型')),
                ('size', models.IntegerField(verbose_name='字节')),
                ('scan', models.CharField(choices=[('unscanned', '未查毒'), ('clean', '已查毒'), ('infected', '有病毒')], default='unscanned', max_length=10)),
                ('model', models.CharField(max_length=60)),
                ('object_id', models.CharField(max_length=40)),
                ('uploaded_by_id', models.BigIntegerField()),
                ('uploaded_by', models.CharField(max_length=100)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['model', 'object_id'], name='core_attach_model_2dd8d1_idx')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.UUIDField(db_index=True, verbose_name='操作编号')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('actor_id', models.BigIntegerField(null=True, verbose_name='操作人编号')),
                ('actor', models.CharField(max_length=100, verbose_name='操作人')),
                ('posting', models.CharField(blank=True, max_length=100, verbose_name='岗位')),
                ('unit_id', models.BigIntegerField(null=True, verbose_name='单位编号')),
                ('unit', models.CharField(blank=True, max_length=100, verbose_name='单位')),
                ('verb', models.CharField(max_length=60, verbose_name='动作')),
                ('step', models.CharField(blank=True, max_length=60, verbose_name='步骤')),
                ('model', models.CharField(max_length=60, verbose_name='对象类型')),
                ('object_id', models.CharField(blank=True, max_length=40, verbose_name='对象编号')),
                ('label', models.CharField(blank=True, max_length=200, verbose_name='对象')),
                ('before', models.JSONField(default=dict, verbose_name='改前')),
                ('after', models.JSONField(default=dict, verbose_name='改后')),
                ('reason', models.TextField(blank=True, verbose_name='理由')),
                ('count', models.IntegerField(default=1, verbose_name='行数')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='摘要')),
            ],
            options={
                'indexes': [models.Index(fields=['model', 'object_id'], name='core_audite_model_1fc966_idx'), models.Index(fields=['at'], name='core_audite_at_0452d1_idx')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6b2652b5bb5129424469034ae53d5116f56d3e42', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_97da0', table='core_auditentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditseal',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='1a699a0b4696ac8d8ae75906bfb1c5b50b040ca2', operation='DELETE', pgid='pgtrigger_append_only_b7549', table='core_auditseal', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='baseline',
            constraint=models.UniqueConstraint(fields=('figure', 'scope', 'frozen_on'), name='baseline_frozen_once_a_day'),
        ),
        migrations.AddIndex(
            model_name='exceedance',
            index=models.Index(fields=['model', 'object_id'], name='core_exceed_model_d622d0_idx'),
        ),
        migrations.AddIndex(
            model_name='exceedance',
            index=models.Index(fields=['rule', 'at'], name='core_exceed_rule_a8e4c2_idx'),
        ),
        migrations.AddIndex(
            model_name='idempotency',
            index=models.Index(fields=['at'], name='core_idempo_at_1e9085_idx'),
        ),
        migrations.AddConstraint(
            model_name='idempotency',
            constraint=models.UniqueConstraint(fields=('actor_id', 'key'), name='one_answer_per_key'),
        ),
        migrations.AddConstraint(
            model_name='installation',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='one_installation', violation_error_message='只能有一条安装记录。'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['state', 'leased_until'], name='job_open'),
        ),
        migrations.AddConstraint(
            model_name='numbereditem',
            constraint=models.UniqueConstraint(fields=('code', 'year', 'serial'), name='one_item_per_number', violation_error_message='该编号已使用。'),
        ),
        migrations.AddField(
            model_name='citation',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='citations', to='core.numbereditem'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('code', '='), ('during', '&&')], name='one_version_of_a_rule_at_a_time', violation_error_message='同一规则的施行期间不能重叠。'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='rule_has_a_source', violation_error_message='规则须注明出处。'),
        ),
        migrations.AddConstraint(
            model_name='series',
            constraint=models.UniqueConstraint(fields=('code', 'year'), name='one_counter_per_series_and_year'),
        ),
        migrations.AddIndex(
            model_name='sheetcheck',
            index=models.Index(fields=['actor_id', 'kind', 'hash'], name='core_sheetc_actor_i_a0201c_idx'),
        ),
        migrations.AddIndex(
            model_name='waiver',
            index=models.Index(fields=['model', 'object_id'], name='core_waiver_model_79e25e_idx'),
        ),
        migrations.AddConstraint(
            model_name='citation',
            constraint=models.UniqueConstraint(fields=('item', 'model', 'object_id'), name='cited_once_per_row'),
        ),
    ]
