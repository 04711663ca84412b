"""The words of the pages about a hand-over that is offered, and about taking an answer back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OfferWords:
    """One language. Braces mark what is filled in by ``str.format``."""

    language: str
    # The offer, while it is open.
    offer: str
    offered: str
    until: str
    acceptable: str
    accepting: str
    accept: str
    unable: str
    reason: str
    reason_hint: str
    decline: str
    # What became of it: a heading and a sentence by state, see ``jobs.offer_states``.
    states: Mapping[str, tuple[str, str]]
    repeated: str
    # Taking back.
    undo: str
    undo_question: str
    undo_handover: str
    undo_done: str
    undo_until: str
    undo_button: str
    undone: str
    undone_handover: str
    undone_done: str
    undone_before: str
    # Around both.
    facts: str
    holder: str
    # By the name of the button, as part of a sentence: what a second press will record.
    will_record: Mapping[str, str]


INDONESIAN = OfferWords(
    language="id",
    offer="Usul sebagai penanggung jawab",
    offered="{by} mengusulkan {you} sebagai {owner}.",
    until="Usul ini dapat diterima sampai dengan hari {until}.",
    acceptable="Menerima tugas ini?",
    accepting=(
        "Apabila diterima, pengingat tentang hal ini dikirim kepada penanggung jawab yang baru, "
        "sedangkan penanggung jawab semula dan kepala unit kerja diberi tahu. Selama belum "
        "diterima, tanggung jawabnya tetap pada {old}."
    ),
    accept="Saya menerima tugas ini",
    unable="Tidak dapat menerima tugas ini?",
    reason="Alasan (boleh dikosongkan)",
    reason_hint="Disampaikan kepada penanggung jawab semula dan kepala unit kerja.",
    decline="Saya tidak menerima tugas ini",
    states={
        "accepted": (
            "Tercatat: tugas ini diterima",
            "Pengingat selanjutnya dikirim kepada penanggung jawab yang baru. Penggantian ini "
            "dapat dibatalkan oleh penanggung jawab semula atau kepala unit kerja sampai dengan "
            "hari {until}, melalui tautan yang dikirim kepada mereka.",
        ),
        "declined": (
            "Tercatat: tugas ini tidak diterima",
            "Tanggung jawabnya tetap pada {old}. Penanggung jawab tersebut dan kepala unit kerja "
            "diberi tahu.",
        ),
        "withdrawn": (
            "Usul ini telah ditarik",
            "Orang lain telah diusulkan atau ditetapkan sebagai penanggung jawab. Tidak ada yang "
            "perlu dilakukan.",
        ),
        "undone": (
            "Penggantian ini telah dibatalkan",
            "Tanggung jawabnya kembali pada penanggung jawab semula. Tidak ada yang perlu "
            "dilakukan.",
        ),
        "lapsed": (
            "Waktu usul ini sudah habis",
            "Usul ini dapat diterima sampai dengan hari {until}. Tanggung jawabnya tetap pada "
            "{old}.",
        ),
        "closed": (
            "Usul ini tidak berlaku lagi",
            "Hal yang diusulkan sudah selesai atau tidak berlaku lagi, sehingga tidak ada yang "
            "perlu dilakukan.",
        ),
        "redated": (
            "Usul ini tidak berlaku lagi",
            "Batas waktunya berubah sejak usul disampaikan. Tanggung jawabnya tetap pada {old}; "
            "apabila masih diperlukan, usul yang baru dapat disampaikan.",
        ),
        "overtaken": (
            "Usul ini tidak berlaku lagi",
            "Penanggung jawabnya sudah berganti sejak usul disampaikan. Tidak ada yang perlu "
            "dilakukan.",
        ),
        "gone": (
            "Usul ini tidak berlaku lagi",
            "Hal yang diusulkan tidak ada lagi dalam data. Tidak ada yang perlu dilakukan.",
        ),
        "not_to_them": (
            "Tugas ini belum dapat diterima",
            "Alamat penerima usul ini tidak lagi tercatat aktif pada direktori. Mohon "
            "disampaikan kepada pengelola layanan.",
        ),
    },
    repeated="Jawaban ini sudah tercatat pada hari {at}.",
    undo="Batalkan pencatatan",
    undo_question="Apakah pencatatan ini keliru?",
    undo_handover=(
        "Apabila dibatalkan, tanggung jawabnya kembali pada {old}, pengingat selanjutnya dikirim "
        "kembali kepadanya, dan semua yang bersangkutan diberi tahu."
    ),
    undo_done=(
        "Apabila dibatalkan, data kembali seperti sebelum dicatat selesai, batas waktunya berlaku "
        "kembali, dan yang bersangkutan diberi tahu."
    ),
    undo_until="Pencatatan ini dapat dibatalkan sampai dengan hari {until}.",
    undo_button="Ya, batalkan pencatatan ini",
    undone="Tercatat: pencatatan dibatalkan",
    undone_handover=(
        "Tanggung jawabnya kembali pada {old}, dan pengingat selanjutnya dikirim kembali kepadanya."
    ),
    undone_done="Batas waktunya berlaku kembali, dan pengingatnya dikirim sesuai jadwal.",
    undone_before="Pencatatan ini sudah dibatalkan pada hari {at}.",
    facts="Data yang tercatat",
    holder="Siapa pun yang memiliki tautan ini dapat menjawab di sini sampai dengan hari {until}.",
    will_record={
        "accept": "tugas ini diterima",
        "decline": "tugas ini tidak diterima",
        "undo": "pencatatan sebelumnya dibatalkan",
    },
)

ENGLISH = OfferWords(
    language="en",
    offer="Proposal to be in charge",
    offered="You have been proposed as {owner} by {by}.",
    until="You can accept until {until}.",
    acceptable="Able to accept?",
    accepting=(
        "If you accept, reminders about this go to you, and the person who was in charge and the "
        "head of the office are told. Until you do, in charge is still: {old}."
    ),
    accept="I accept this task",
    unable="Not able to accept?",
    reason="Reason (optional)",
    reason_hint="It is passed on to the person in charge and the head of the office.",
    decline="I do not accept this task",
    states={
        "accepted": (
            "Recorded: the task is accepted",
            "Further reminders go to the new person in charge. The person who was in charge and "
            "the head of the office can take this back until {until}, through the link that is "
            "sent to them.",
        ),
        "declined": (
            "Recorded: the task is not accepted",
            "In charge as before: {old}. That person and the head of the office are told.",
        ),
        "withdrawn": (
            "This proposal was withdrawn",
            "Somebody else was proposed, or put in charge. Nothing needs to be done.",
        ),
        "undone": (
            "This change was taken back",
            "The person who was in charge before is in charge again. Nothing needs to be done.",
        ),
        "lapsed": (
            "This proposal has lapsed",
            "It could be accepted until {until}. In charge as before: {old}.",
        ),
        "closed": (
            "This proposal no longer applies",
            "What it is about is done or no longer applies, so nothing needs to be done.",
        ),
        "redated": (
            "This proposal no longer applies",
            "The date has changed since it was made. In charge as before: {old}. If it is still "
            "needed, it can be proposed again.",
        ),
        "overtaken": (
            "This proposal no longer applies",
            "The person in charge has changed since it was made. Nothing needs to be done.",
        ),
        "gone": (
            "This proposal no longer applies",
            "What it is about is no longer on record. Nothing needs to be done.",
        ),
        "not_to_them": (
            "This task cannot be accepted at present",
            "The address that the proposal was sent to is no longer active in the directory. "
            "Please tell the service administrator.",
        ),
    },
    repeated="This answer is on record already, since {at}.",
    undo="Take the record back",
    undo_question="Was it recorded by mistake?",
    undo_handover=(
        "If you take it back, in charge is again: {old}. Further reminders go there, and everybody "
        "concerned is told."
    ),
    undo_done=(
        "If you take it back, the data are as they were before it was recorded as done, the date "
        "applies again, and those concerned are told."
    ),
    undo_until="It can be taken back until {until}.",
    undo_button="Yes, take this record back",
    undone="Recorded: taken back",
    undone_handover="In charge again: {old}. Further reminders go there.",
    undone_done="The date applies again, and reminders are sent in their time.",
    undone_before="It was taken back already, on {at}.",
    facts="On record",
    holder="Anyone who has this link can answer here until {until}.",
    will_record={
        "accept": "this task is accepted",
        "decline": "this task is not accepted",
        "undo": "what was recorded before is taken back",
    },
)


def offer_words(language: str) -> OfferWords:
    """The words of *language*; Indonesian for any that the service does not speak."""
    return ENGLISH if language == "en" else INDONESIAN
