"""What an organisation has set stands where a submission says nothing: submission in, completed one out."""

from dataclasses import replace

from gateway.models import Organisation
from gateway.uploads import Submission

_SCALE = {"mpp", "objective"}


def with_defaults(submission: Submission, organisation: Organisation) -> Submission:
    """Return the submission with the organisation's boundaries and default scale where it names none.

    The scale goes as `default_mpp`, which yields to the file's own and stays assumed.
    """
    options = dict(submission.options)
    if organisation.category_boundaries_percent:
        boundaries = ",".join(map(str, organisation.category_boundaries_percent))
        options.setdefault("category_boundaries_percent", boundaries)
    if organisation.default_mpp is not None and not _SCALE & options.keys():
        options["default_mpp"] = str(organisation.default_mpp)
    return replace(submission, options=options)
