"""What the report says whatever was measured: paragraphs with gaps, for `sections`."""

NOT_ASKED = (
    "Objectives of memory, of the raw forward pass and of records were not asked for where the service runs "
    "elsewhere, or keeps no records."
)
RATES = (
    "Offered are uploads a second by their intended start, goodput images a second with right results. Times "
    "are from the intended start of an upload of one image to its result."
)
KNEE = (
    "The knee is the highest rate that is still kept up with: at least {ratio:.0%} of the images that arrive "
    "come out right meanwhile, and p95 is at most {p95_s:g} s. Between two phases it lies where the line "
    "between them crosses the limit that is crossed first."
)
STAGES = (
    "Seconds that pass for one image by place, from the metrics of gateway and TorchServe; how many images, "
    "or passes of the network, are at work at once on average; and how many requests TorchServe batches."
)
ENDPOINTS = (
    "Right answers' times are from the intended start; a result is an upload's whole way, until the last of "
    "its images is scored. Refused are broken images, wrong keys and the like, as documented; given up is "
    "what clients break off on purpose."
)
RUN = (
    "Profile {profile} against the {kind}, {started_at:%Y-%m-%d %H:%M} to {ended_at:%H:%M} UTC, seed {seed}, "
    "model version {version}. Machine: {machine}. {where}"
)
HERE = "Load and service shared this machine."
ELSEWHERE = "The service was there before the run, at an address that was given."
METHOD = (
    "Arrivals come at a given rate whether or not earlier ones were answered, and every time is counted from "
    "when a request was meant to begin: a slow answer delays nobody's clock (no coordinated omission). Every "
    "answer was compared with what the same image got when the service was idle.",
    "The raw forward pass is the network alone with all its lanes busy, in a process of its own, while no "
    "load ran: as many tiles of 256 x 256 as the images have pixels at the working resolution. The images "
    "are phantoms or the folder that was given. For research and teaching, not for diagnosis.",
)
