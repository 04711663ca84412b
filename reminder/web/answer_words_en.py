"""The words of answers in English."""

from __future__ import annotations

from reminder.web.answer_words import AnswerWords

ENGLISH = AnswerWords(
    language="en",
    others="Other answers",
    given="Recorded by this link on {at}: {what}",
    acknowledged=("Receipt has been confirmed, which holds until {last}; reminders still come."),
    snoozed="Reminders are put off until {until}.",
    redated=(
        "This date has changed since the message was sent, so it cannot be answered by this link. "
        "Please answer the latest message, which is about the new date."
    ),
    not_responsible=(
        "The address that received this link is no longer on record as responsible for this, so it "
        "cannot answer."
    ),
    copy="This message is a copy for information. The responsible officer answers it.",
    error="Error:",
    error_title="Error: {}",
    errors="Your answer was not recorded yet. Please correct the following:",
    too_fast=(
        "The button was pressed as soon as the page opened, so nothing was recorded. What you "
        "entered is kept below; please press the button once more."
    ),
    form_over=(
        "This form is no longer valid, so nothing was recorded. What you entered is kept below; "
        "please press the button once more."
    ),
    no_action="Please choose one of the answers on this page. Nothing was recorded.",
    refusals={
        "closed": "This is done or no longer applies, so it cannot be answered.",
        "link_over": (
            "This link no longer works: the matter was handed over, or the link was ended."
        ),
        "gone": "This is no longer in the register, so it cannot be answered.",
        "redated": (
            "This date has changed since the message was sent; it is now {due}. Please answer the "
            "latest message, which is about the new date."
        ),
        "snooze_past": "Choose a day after today.",
        "snooze_too_far": "Choose a day no later than {last}.",
        "snooze_too_often": (
            "Reminders about this were put off {most} times already, and cannot be again."
        ),
        "snooze_too_late": "It is due on {due}, so reminders can no longer be put off.",
        "silent": "No reminders are sent about this, so there is nothing to put off.",
        "not_done_so": (
            "This is not done by saying so here, but once what is asked for above is on record."
        ),
        "needs_evidence": "Say how the submission can be shown.",
        "still_to_come": "That day is still to come. Enter it once this is really done.",
        "unreadable": "This cannot be read.",
        "no_decision": "A decision is only asked for about the end of an agreement.",
        "not_to_them": (
            "The directory has no active contact with this address. Choose somebody else, or ask "
            "the administrator of the service to record them first."
        ),
        "not_handed_over": "This has no responsible officer of its own who could hand it over.",
        "owner_already": "This person is the responsible officer already.",
        "to_oneself": "Choose somebody else: this is the address that received the message.",
        "offer_over": "This hand-over is no longer offered.",
        "no_undo": "Such an answer cannot be undone.",
        "changed_since": "Somebody else has changed this since, so it cannot be undone.",
    },
    refused="This answer cannot be recorded as the records stand now.",
    ack_question="Confirm receipt",
    ack_explained=(
        "Before {until} nobody further up is told that this notice was left unanswered. Reminders "
        "still come on their days until this is done."
    ),
    ack_button="I have received this notice",
    snooze_question="Remind me later",
    snooze_explained=(
        "Before the day you choose there are no reminders. On that day you are reminded once more "
        "if it is still open."
    ),
    snooze_choice="When should you be reminded?",
    snooze_day="{day} ({days})",
    other_day="Another day",
    other_day_label="Another day, no later than {last}",
    snooze_button="Put reminders off until that day",
    done_question={
        "report": "The report has been submitted",
        "step": "This step is done",
        "follow_up": "This follow-up is done",
    },
    done_on={
        "report": "Day of submission",
        "step": "Day on which it was done",
        "follow_up": "Day on which it was done",
    },
    done_on_hint="For example {}.",
    evidence={
        "report": "Evidence of the submission",
        "step": "Document number or other evidence (if there is any)",
        "follow_up": "Evidence (if there is any)",
    },
    evidence_hint={
        "report": (
            "Number and date of the covering letter, a receipt, or where the file is kept. If "
            "there were no activities: a nil report, with the number of its letter."
        ),
        "step": "Number and date of the letter, or where the file is kept.",
        "follow_up": "Number and date of the letter, or where the file is kept.",
    },
    done_button={
        "report": "Record that the report was submitted",
        "step": "Record that this step is done",
        "follow_up": "Record that this follow-up is done",
    },
    handover_question="Not my task: hand it over",
    handover_explained=(
        "The person you choose is asked by e-mail. Whoever is responsible now stays responsible "
        "until that person accepts."
    ),
    to_choice="To whom should it be handed over?",
    other_person="Somebody else",
    other_person_label="E-mail address of somebody else",
    only_person_label="E-mail address of that person",
    other_person_hint="Only addresses in the directory of this service.",
    note="A note for that person (optional)",
    handover_button="Offer this task to that person",
    decide_question="Decide on the end of the agreement",
    decide_explained="The decision is recorded and announced by e-mail.",
    decision_choice="What is to become of this agreement?",
    decisions={
        "renew": "Renew it",
        "end": "Let it end",
        "revitalise": "Revitalise it",
    },
    decision_hints={
        "renew": "A renewal is prepared; reminders go on until it is signed.",
        "end": "The agreement ends on its day; its closing is prepared.",
        "revitalise": "The agreement gets new activities; reminders of its end go on.",
    },
    decide_button="Record this decision",
    confirm_last="To confirm, type the last {count} characters of the reference {ref}",
    confirm_whole="To confirm, type the reference {ref}",
    confirm_last_item="To confirm, type the last {count} characters of the follow-up's id {ref}",
    confirm_whole_item="To confirm, type the follow-up's id {ref}",
    choose_day="Choose the day on which to be reminded.",
    one_day="Choose one day only: one of the list, or another day.",
    unreadable_day="This date cannot be read with certainty. Write it like {example}.",
    needs_day="Enter the day.",
    unfit_day="This day does not fit what else is on record, such as the day on which it began.",
    unreadable_text="This holds characters that cannot be recorded. Please type it again.",
    too_long="This is too long: at most {most} characters.",
    choose_person="Choose a person, or enter an e-mail address.",
    one_person="Choose one person only: one of the list, or somebody else.",
    choose_decision="Choose one of the decisions.",
    needs_confirm="Type the confirmation as asked.",
    wrong_confirm="This is not the confirmation that was asked for.",
    latin_confirm="Type the confirmation in plain Latin letters and digits.",
    recorded={
        "ack": "Recorded: notice received",
        "snooze": "Recorded: reminders put off",
        "done": "Recorded: done",
        "handover": "Recorded: task offered to somebody else",
        "decide": "Recorded: decision on the agreement",
    },
    recorded_before="Already recorded",
    recorded_before_why="This answer was recorded on {at}, so it was not recorded again.",
    recorded_by_other="Nothing more had to be recorded: this has been answered already.",
    taken_back="This answer was taken back on {at}.",
    about_matter="About",
    what="Recorded",
    by="By",
    at="Time",
    recorded_seen="this notice was received",
    recorded_snooze="reminders put off until {until}",
    recorded_done="done",
    recorded_done_on="done {on}",
    recorded_offer="this task was offered to {to}",
    recorded_decision="decision: {decision}",
    evidence_row="Evidence",
    by_link="holder of the link sent to {who}",
    by_reply="e-mail reply from {who}",
    by_other="another recipient or the administrator of the service",
    next="What comes next",
    next_quiet_until="Before {until} nobody further up is told about this.",
    next_snoozed=(
        "Before {until} there are no reminders. On that day you are reminded once more if it is "
        "still open."
    ),
    next_reminder="The next reminder comes {on}, if this is still open.",
    no_reminder="No further reminder is planned for this.",
    nothing_more="There are no more reminders about this, and nothing more needs to be done.",
    still_open="This is still on record as open; the records are checked again regularly.",
    next_offer=(
        "That person is asked by e-mail. Whoever is responsible now still gets the reminders until "
        "that person accepts."
    ),
    next_decided={
        "renew": "The renewal is recorded as a course of its own, with its steps.",
        "end": "The closing of the agreement begins with the steps that this service has for it.",
        "revitalise": "The revitalisation begins with the steps that this service has for it.",
    },
    correct="If this answer is wrong",
    undo="Undo this answer",
    no_undo={
        "ack": "Nothing needs to be undone: the due date is the same, and reminders still come.",
        "snooze": (
            "The due date is the same. If you need to be reminded earlier, please tell the contact "
            "named under questions."
        ),
        "done": "Please tell the contact named under questions, so that the records are corrected.",
        "handover": (
            "The offer changes nothing until it is accepted. After that it can be undone for 72 "
            "hours, by the e-mail that is sent then."
        ),
        "decide": (
            "You can decide again by the next message, or tell the contact named under questions."
        ),
    },
    back="Back to the notice",
    will_record="What will be recorded: {}.",
    will_record_what={
        "ack": "this notice was received",
        "snooze": "reminders are put off until the day you chose",
        "done": "this is done",
        "handover": "this task is offered to the person you chose",
        "decide": "the decision on the end of the agreement",
    },
    opening_only=(
        "Opening this page changes nothing and does not count as an answer; only a button that is "
        "pressed is recorded."
    ),
    holder_answers=("This link is personal: anyone who has it can read and answer this until {}."),
)
