"""What a result or a webhook of IDWise holds, and which documented fields are left aside and why
(IDWise, "Get Spot Check Result", "Get Journey Result", "Webhooks").
"""

from __future__ import annotations

from streams.vendors.base.fields import Fields
from streams.vendors.idwise import payload as p

_PATHS = "paths of pictures never leave the raw record"
_PROSE = "prose about the result beside it"

FIELDS = Fields(
    root=(p.Head, p.Context, p.Webhook),
    unused={
        p.Selfie: {"image_path": _PATHS, "video_path": _PATHS},
        p.RuleResult: {
            "name": _PROSE,
            "description": _PROSE,
            "information": _PROSE,
            "tips": _PROSE,
        },
        p.RuleDetail: {"title": _PROSE, "result_description": _PROSE},
        p.ReferenceObject: {"instance_key": "which of several objects of one kind"},
        p.FaceMatch: {"images": _PATHS},
        p.Applicant: {
            "profile_image_path": _PATHS,
            "personal_number": "without its country it identifies nobody",
        },
        p.ValidationCheck: {"description": _PROSE},
        p.Body: {
            "step_id": "progress of the user, before anything is decided",
            "updated_aml_version_number": "of the list; the decision tells what came of it",
        },
    },
    spell=p.spelled,
)
