"""The indicator library, forms and their admission, assignments and values, tallies."""

from reports.models.admission import FormRequest
from reports.models.collection import Assignment, FieldReturn, Value, ValueChange
from reports.models.elements import Element, ElementVersion
from reports.models.forms import Form, FormCheck, FormField, FormVersion, Respondent
from reports.models.tally import DepartmentQuarter, TallyRun, UnitMonth

__all__ = [
    "Assignment",
    "DepartmentQuarter",
    "Element",
    "ElementVersion",
    "FieldReturn",
    "Form",
    "FormCheck",
    "FormField",
    "FormRequest",
    "FormVersion",
    "Respondent",
    "TallyRun",
    "UnitMonth",
    "Value",
    "ValueChange",
]
