import core.crypto
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_extensions'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('username', models.CharField(error_messages={'unique': '该用户名已有人使用。'}, max_length=40, unique=True, verbose_name='用户名')),
                ('name', models.CharField(max_length=40, verbose_name='姓名')),
                ('phone', core.crypto.EncryptedTextField(blank=True, default='', verbose_name='手机号')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('is_demo', models.BooleanField(default=False, verbose_name='演示账号')),
                ('must_change_password', models.BooleanField(default=False, verbose_name='须先改密')),
                ('created_at', models.DateTimeField(verbose_name='建立时间')),
                ('version', models.IntegerField(default=1)),
            ],
            options={
                'verbose_name': '账号',
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=60, verbose_name='用途')),
                ('hash', models.CharField(max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': '接口令牌',
            },
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False, verbose_name='日期')),
                ('kind', models.CharField(choices=[('holiday', '休'), ('workday', '班')], max_length=8, verbose_name='类型')),
                ('name', models.CharField(blank=True, max_length=40, verbose_name='名称')),
                ('source', models.CharField(max_length=120, verbose_name='出处')),
            ],
            options={
                'verbose_name': '工作日历',
            },
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=60)),
                ('object_id', models.BigIntegerField()),
                ('act', models.UUIDField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '分派',
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='类型')),
                ('key', models.CharField(max_length=160)),
                ('text', models.CharField(max_length=300, verbose_name='内容')),
                ('url', models.CharField(blank=True, max_length=200)),
                ('urgent', models.BooleanField(default=False, verbose_name='即时')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('send_after', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('read_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': '消息',
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=20, verbose_name='角色')),
                ('power', models.SmallIntegerField(choices=[(0, '业务'), (1, '系统管理员'), (2, '安全管理员'), (3, '审计管理员')], default=0, verbose_name='权限类别')),
                ('rank', models.CharField(choices=[('principal', '主要负责人'), ('deputy', '分管负责人'), ('head', '科室负责人'), ('clerk', '经办人')], default='clerk', max_length=12, verbose_name='职级')),
                ('title', models.CharField(blank=True, max_length=40, verbose_name='职务')),
                ('needs_two', models.BooleanField(default=True, verbose_name='须两人办理')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='任职期间')),
                ('created_by', models.BigIntegerField(null=True, verbose_name='建立人')),
                ('granted_by', models.BigIntegerField(null=True, verbose_name='授权人')),
                ('version', models.IntegerField(default=1)),
            ],
            options={
                'verbose_name': '岗位',
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(blank=True, max_length=12, null=True, unique=True, validators=[django.core.validators.RegexValidator('^[0-9]{12}$', '代码应为 12 位数字。')], verbose_name='代码')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('level', models.CharField(choices=[('county', '县'), ('department', '县直部门'), ('township', '乡镇（街道）'), ('office', '站所'), ('village', '村（社区）')], max_length=12, verbose_name='层级')),
                ('kind', models.CharField(max_length=20, verbose_name='类别')),
                ('path', models.CharField(db_index=True, default='', max_length=200, verbose_name='路径')),
                ('side', models.CharField(choices=[('party', '党委系统'), ('government', '政府系统')], default='government', max_length=12, verbose_name='系统')),
                ('counted', models.BooleanField(default=False, verbose_name='计入村（社区）数')),
                ('order_no', models.IntegerField(default=0, verbose_name='机构序列')),
                ('second_script', models.CharField(blank=True, max_length=100, verbose_name='民族文字名称')),
                ('pinyin', models.CharField(blank=True, max_length=400)),
                ('initials', models.CharField(blank=True, max_length=200)),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='办公电话')),
                ('invented', models.BooleanField(default=False, verbose_name='虚构示例')),
                ('retired_on', models.DateField(blank=True, null=True, verbose_name='撤销日期')),
                ('version', models.IntegerField(default=1)),
            ],
            options={
                'verbose_name': '单位',
            },
        ),
        migrations.CreateModel(
            name='UnitAlias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='别名')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='期间')),
            ],
            options={
                'verbose_name': '单位别名',
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='a5b695e7ec7092b549da2267a182cd2178f60b33', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_8d2a7', table='organization_user', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='dispatch',
            name='to_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dispatches', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notice',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='posting',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='unit',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='organization.unit'),
        ),
        migrations.AddField(
            model_name='unit',
            name='successor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='organization.unit'),
        ),
        migrations.AddField(
            model_name='posting',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='organization.unit'),
        ),
        migrations.AddField(
            model_name='posting',
            name='villages',
            field=models.ManyToManyField(blank=True, related_name='contact_postings', to='organization.unit', verbose_name='包村'),
        ),
        migrations.AddField(
            model_name='dispatch',
            name='to_unit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dispatches', to='organization.unit'),
        ),
        migrations.AddField(
            model_name='unitalias',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='aliases', to='organization.unit'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apitoken',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='4d5ee114655de6a81709ee420fe76e6888944772', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_bcfe1', table='organization_apitoken', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('sent_at__isnull', True)), fields=['send_after'], name='notice_unsent'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['user', '-at'], name='organizatio_user_id_8cfaff_idx'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('user', 'key'), name='one_notice_per_key'),
        ),
        migrations.AddIndex(
            model_name='unit',
            index=models.Index(fields=['path'], name='unit_path_prefix', opclasses=['text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='unit',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_on__isnull', True)), fields=('parent', 'name'), name='one_name_per_parent', violation_error_message='同一上级下已有同名单位。'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='unit',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='69e412a22b5d57a64236324da3b2b320b11bf30e', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_dc5cf', table='organization_unit', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('user', '='), ('power', '<>'), ('during', '&&')], name='one_power_per_person_at_a_time', violation_error_message='系统、安全、审计管理员三者及业务岗位不能由同一人兼任。'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('needs_two', False), ('granted_by__isnull', True), ('created_by__isnull', True), models.Q(('created_by', models.F('granted_by')), _negated=True), _connector='OR'), name='two_people_for_a_posting', violation_error_message='建立和授权须由两人分别办理。'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='posting',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='40df98c701236ad1c69859dbd59d11c035a96ea2', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_de6ba', table='organization_posting', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(fields=['to_unit', 'model'], name='organizatio_to_unit_71ceb1_idx'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.UniqueConstraint(fields=('model', 'object_id'), name='one_dispatch_per_row'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dispatch',
            trigger=pgtrigger.compiler.Trigger(name='tripwire', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('app.act', true), '') = '' THEN RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;", hash='381b5bffdeb44458c1af4a6d1384ebc8305c2a0d', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_tripwire_28597', table='organization_dispatch', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='unitalias',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('unit', '='), ('name', '='), ('during', '&&')], name='alias_once_at_a_time', violation_error_message='该别名在此期间已登记。'),
        ),
    ]
