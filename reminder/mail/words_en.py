"""Plain and polite English, for bureaus that chose it; not a word-for-word copy."""

from __future__ import annotations

from reminder.mail.words import Words, word_set

ENGLISH = Words(
    language="en",
    month_pattern="MMMM y",
    year="{}",
    when_day="on {}",
    when_day_short="on {}",
    when_date="on {}",
    when_month="in {}",
    when_year="in {}",
    by_month="{}",
    by_weekday="{}",
    between="between {} and {}",
    days_left=("{} day from today", "{} days from today"),
    days_ago=("{} day ago", "{} days ago"),
    today="today",
    counted_from="{}, counted to {}",
    counted_since="{}, counted from {}",
    since="since {}",
    some_day="a day in {}",
    working_days=("{} working day", "{} working days"),
    day_unknown="the exact day is not recorded",
    clock="{:%H:%M}",
    spans={"year": ("year", "years"), "month": ("month", "months"), "day": ("day", "days")},
    by_day="by {}",
    by_today="by the end of today, {}",
    before_day="before {}",
    at_once="as soon as possible",
    peer="you",
    superior="you",
    owner="the officer in charge",
    role_titles={
        "officer": "Officer in charge of cooperation",
        "assistant": "Assistant",
        "secretary": "Secretary",
        "admin": "Administrator of",
    },
    head_of="Head of {}",
    head_of_unit="Head of {}",
    unit_words=frozenset(),
    office_words=word_set(
        "head secretary office officer director chief deputy assistant manager unit bureau "
        "kepala sekretaris pengelola penanggung pejabat asisten biro bagian dinas badan"
    ),
    person="{}",
    roles={
        "officer": "officer in charge of cooperation",
        "head": "head of the office",
        "assistant": "assistant",
        "secretary": "secretary",
        "parent": "head of the parent office",
        "admin": "service administrator",
    },
    regarding="Subject",
    salutation="To:",
    attention="Attn.",
    greeting="Dear colleague,",
    closing="Thank you for your attention and your cooperation.",
    request="What we ask of you",
    request_of_owner="What we ask of the officer in charge",
    facts="On record",
    answers="Other answers",
    answer_seen="we have seen this",
    answer_later="remind us later",
    answer_not_ours="this is not ours",
    answer_hand_on="pass it on to another officer",
    answer_to="Please send your answer to {}.",
    personal_link=(
        "The links in this message are personal: whoever has them can answer in your name."
    ),
    see="See the details",
    confirm="Confirm receipt",
    note_copy=(
        "Copy: this is for your information; the officer in charge of cooperation has been asked "
        "to act."
    ),
    note_fallback=(
        "You receive this because {office} has no active {role} on record. Please have one "
        "appointed, or pass this on to the person who deals with it."
    ),
    note_succession=(
        "You receive this because the message for the {role} of {office} could not be delivered "
        "to the person it was meant for. Please have the e-mail address corrected, or pass this "
        "on to the person who deals with it."
    ),
    note_succession_some=(
        "You receive some of this because the message for the {role} of {office} could not be "
        "delivered to the person it was meant for. Please have the e-mail address corrected, or "
        "pass those matters on to the person who deals with them."
    ),
    responsible_office="the responsible office",
    note_successor=(
        "You receive this as successor of {left}, who is no longer on record as {role}."
    ),
    predecessor="the previous holder",
    note_catch_up=(
        "The reminder service was down for more than 36 hours. We apologise if this reaches you "
        "later than planned."
    ),
    note_redirected="Redirected test message. The true recipient is {}",
    next_notice="If no progress is recorded, the next reminder will be sent on {on}.",
    of_parent="{} (the parent office)",
    role_at="{role} of {office}",
    escalates="If there is no answer to this notice, the {role} will be told as well.",
    escalates_on="If there is no answer to this notice by {on}, the {role} will be told as well.",
    last_notice="This is the last reminder for this date.",
    footer_automatic=(
        "This message was sent automatically by {service}; it is not an official letter. "
        "System ref.: {ref}."
    ),
    footer_role="{recipient} receives it because it is on record as {role} at {bureau}.",
    footer_role_only="{recipient} receives it because it is on record as {role}.",
    footer_fallback=("{recipient} receives it because {office} has no active {role} on record."),
    footer_succession=(
        "{recipient} receives it because the message for the {role} of {office} could not be "
        "delivered to the person it was meant for."
    ),
    footer_stands_in=(
        "{recipient} receives it because {office} has no active {role} on record who can be "
        "reached by e-mail."
    ),
    footer_known=(
        "{recipient} receives it because the {role} of {office} has been told about it before."
    ),
    footer_copy="{recipient} receives it as a copy ({role}).",
    footer_contact="If anything here is wrong or unclear, please write to {contact}.",
    footer_no_contact="If anything here is wrong or unclear, please tell the admin of {service}.",
    unsubscribe="Stop receiving this summary",
    unsubscribe_why="Notices about your own tasks will still be sent.",
    labels={
        "partner": "Partner",
        "instrument": "Instrument",
        "signed": "Signed",
        "ends": "In force until",
        "stage": "Current stage",
        "next_step": "Next step",
        "basis": "Legal basis",
        "notice_by": "Notice due by",
        "notice_period": "Notice period",
        "period": "Period",
        "report_to": "Addressed to",
        "unit": "Implementing unit",
        "step": "Step",
        "done": "Done before",
        "stalled": "No progress since",
        "started": "Begun",
        "document": "Papers",
        "due": "Due",
        "agreement": "Agreement",
        "meeting": "Meeting",
        "finding": "Finding",
        "since": "Counted from",
        "where": "Where",
        "todo": "What to do",
        "at": "When",
    },
    to_confirm="to be confirmed",
    letter="letter no. {} of {}",
    letter_number="letter no. {}",
    with_term="{}; term of {}",
    from_to=" between {} and {}",
    with_partner=" with {}",
    own_party=" by {}",
    signed=", signed {},",
    groups={
        "late": "Late",
        "week": "Within a week, up to {}",
        "later": "Later",
        "data": "Findings to act on",
    },
    counts={
        "late": ("{} late", "{} late"),
        "week": ("{} within a week", "{} within a week"),
        "later": ("{} later", "{} later"),
        "data": ("{} finding", "{} findings"),
    },
    matters=("{} matter", "{} matters"),
    conjunction="and",
    serial_comma=False,
    headings={
        "expiry": "In force until {due}",
        "notice_by": "Written notice to the partner, due {due}",
        "report": "Report for {topic}, due {due}",
        "step": "Step: {topic}, due {due}",
        "stalled": "Step: {topic}, no progress recorded {due}",
        "follow_up": "Follow-up of a meeting ({topic}), due {due}",
        "finding": "{topic}, counted from {due}",
    },
    asks_to_decide="Please decide {by}: renew, revitalise, or let it end.",
    asks_to_decide_and_start=(
        "Please decide: renew, revitalise, or let it end; a renewal has to begin by {day}."
    ),
    asks_to_go_on="Please decide {by} whether this cooperation is to go on.",
    partner="the partner",
    report_to={
        "KSDPL": "the Minister of Home Affairs",
        "KSDLL": "the Minister of Home Affairs",
    },
    periods={
        "S1": ("the first half of {}", "first half of {}"),
        "S2": ("the second half of {}", "second half of {}"),
        "Q1": ("the first quarter of {}", "first quarter of {}"),
        "Q2": ("the second quarter of {}", "second quarter of {}"),
        "Q3": ("the third quarter of {}", "third quarter of {}"),
        "Q4": ("the fourth quarter of {}", "fourth quarter of {}"),
        "year": ("the year {}", "{}"),
    },
    finding_title="{}",
    finding_action="Please check and complete these records.",
    finding_by="Please do so {by}.",
    more_gaps="{} more",
    unanswered="notice of {on} to {who}",
    unanswered_notices=("{} notice without an answer", "{} notices without an answer"),
    named_role="{name} ({role})",
)
