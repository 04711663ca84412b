"""Formal Indonesian, after the wording in use between government offices."""

from __future__ import annotations

from reminder.mail.words import Words, word_set

INDONESIAN = Words(
    language="id",
    month_pattern="MMMM y",
    year="tahun {}",
    when_day="pada hari {}",
    when_day_short="pada {}",
    when_date="pada tanggal {}",
    when_month="pada bulan {}",
    when_year="pada {}",
    by_month="bulan {}",
    by_weekday="hari {}",
    between="antara {} dan {}",
    days_left=("{} hari kalender lagi", "{} hari kalender lagi"),
    days_ago=("{} hari kalender yang lalu", "{} hari kalender yang lalu"),
    today="hari ini",
    counted_from="{}, dihitung dari {}",
    counted_since="{}, dihitung sejak {}",
    since="sejak {}",
    some_day="{}",
    working_days=("{} hari kerja", "{} hari kerja"),
    day_unknown="tanggal pastinya belum tercatat",
    clock="pukul {:%H.%M}",
    spans={"year": ("tahun", "tahun"), "month": ("bulan", "bulan"), "day": ("hari", "hari")},
    by_day="paling lambat hari {}",
    by_today="paling lambat hari ini, {}",
    before_day="sebelum {}",
    at_once="pada kesempatan pertama",
    peer="Saudara",
    superior="Bapak/Ibu",
    owner="penanggung jawab",
    role_titles={
        "officer": "Penanggung Jawab Kerja Sama",
        "assistant": "Asisten",
        "secretary": "Sekretaris",
        "admin": "Pengelola",
    },
    head_of="Kepala {}",
    head_of_unit="Pimpinan {}",
    unit_words=word_set("biro bagian dinas badan bidang kantor pusat subbagian unit inspektorat"),
    office_words=word_set(
        "kepala sekretaris sekretariat pengelola penanggung pejabat pelaksana koordinator ketua "
        "asisten kasubbag kabag karo biro bagian dinas badan bidang subbagian tim admin"
    ),
    person="Bapak/Ibu {}",
    roles={
        "officer": "penanggung jawab kerja sama",
        "head": "kepala unit kerja",
        "assistant": "asisten",
        "secretary": "sekretaris",
        "parent": "kepala unit induk",
        "admin": "pengelola layanan",
    },
    regarding="Hal",
    salutation="Yth.",
    attention="u.p.",
    greeting="Dengan hormat,",
    closing="Demikian disampaikan, atas perhatian dan kerja sama {you} diucapkan terima kasih.",
    request="Yang dimohon",
    request_of_owner="Yang dimohon dari penanggung jawab",
    facts="Data yang tercatat",
    answers="Tanggapan lain",
    answer_seen="sudah kami terima",
    answer_later="ingatkan kembali nanti",
    answer_not_ours="bukan tugas kami",
    answer_hand_on="serahkan kepada petugas lain",
    answer_to="Tanggapan mohon disampaikan kepada {}.",
    personal_link=(
        "Tautan dalam pesan ini bersifat pribadi: siapa pun yang memilikinya dapat menanggapi "
        "atas nama {you}."
    ),
    see="Lihat rincian",
    confirm="Konfirmasi penerimaan",
    note_copy=(
        "Tembusan: pesan ini disampaikan untuk diketahui; tindak lanjutnya ada pada "
        "penanggung jawab kerja sama."
    ),
    note_fallback=(
        "Pesan ini disampaikan kepada {you} karena pada {office} belum ada {role} yang tercatat "
        "aktif. Mohon {role} tersebut ditetapkan, atau pesan ini diteruskan kepada yang menangani."
    ),
    note_succession=(
        "Pesan ini disampaikan kepada {you} karena pesan untuk {role} pada {office} tidak dapat "
        "disampaikan kepada penerima yang seharusnya. Mohon alamat surelnya diperbaiki, atau "
        "pesan ini diteruskan kepada yang menangani."
    ),
    note_succession_some=(
        "Sebagian hal dalam pesan ini disampaikan kepada {you} karena pesan untuk {role} pada "
        "{office} tidak dapat disampaikan kepada penerima yang seharusnya. Mohon alamat surelnya "
        "diperbaiki, atau hal tersebut diteruskan kepada yang menangani."
    ),
    responsible_office="unit yang bertanggung jawab",
    note_successor=(
        "Pesan ini disampaikan kepada {you} sebagai pengganti {left}, yang tidak lagi tercatat "
        "bertugas sebagai {role}."
    ),
    predecessor="pejabat sebelumnya",
    note_catch_up=(
        "Layanan pengingat sempat tidak berjalan selama lebih dari 36 jam. Mohon maaf apabila "
        "pesan ini sampai lebih lambat dari jadwal."
    ),
    note_redirected="Pesan uji yang dialihkan. Penerima sebenarnya: {}",
    next_notice=(
        "Apabila belum ada tindak lanjut yang tercatat, pengingat berikutnya dikirim pada hari "
        "{on}."
    ),
    of_parent="{} (unit induk)",
    role_at="{role} {office}",
    escalates="Apabila pemberitahuan ini belum ditanggapi, {role} turut diberi tahu.",
    escalates_on=(
        "Apabila sampai dengan hari {on} pemberitahuan ini belum ditanggapi, {role} turut diberi "
        "tahu."
    ),
    last_notice="Pesan ini merupakan pengingat terakhir untuk batas waktu tersebut.",
    footer_automatic=(
        "Pesan ini dikirim secara otomatis oleh {service} dan bukan merupakan naskah dinas. "
        "Ref. sistem: {ref}."
    ),
    footer_role=(
        "Alamat {recipient} menerima pesan ini karena tercatat sebagai {role} pada {bureau}."
    ),
    footer_role_only="Alamat {recipient} menerima pesan ini karena tercatat sebagai {role}.",
    footer_fallback=(
        "Alamat {recipient} menerima pesan ini karena belum ada {role} yang tercatat aktif pada "
        "{office}."
    ),
    footer_succession=(
        "Alamat {recipient} menerima pesan ini karena pesan untuk {role} pada {office} tidak "
        "dapat disampaikan kepada penerima yang seharusnya."
    ),
    footer_stands_in=(
        "Alamat {recipient} menerima pesan ini karena {role} pada {office} belum tercatat aktif "
        "atau tidak dapat dihubungi melalui surel."
    ),
    footer_known=(
        "Alamat {recipient} menerima pesan ini karena {role} pada {office} telah diberi tahu "
        "sebelumnya."
    ),
    footer_copy="Alamat {recipient} menerima pesan ini sebagai tembusan ({role}).",
    footer_contact=(
        "Apabila data tidak sesuai atau ada pertanyaan, mohon disampaikan kepada {contact}."
    ),
    footer_no_contact=(
        "Apabila data tidak sesuai atau ada pertanyaan, mohon disampaikan kepada pengelola "
        "{service}."
    ),
    unsubscribe="Berhenti menerima ringkasan ini",
    unsubscribe_why="Pemberitahuan tentang tugas {you} sendiri tetap dikirim.",
    labels={
        "partner": "Mitra",
        "instrument": "Instrumen",
        "signed": "Ditandatangani",
        "ends": "Berlaku sampai",
        "stage": "Tahapan saat ini",
        "next_step": "Langkah berikutnya",
        "basis": "Dasar hukum",
        "notice_by": "Batas pemberitahuan",
        "notice_period": "Jangka pemberitahuan",
        "period": "Periode laporan",
        "report_to": "Disampaikan kepada",
        "unit": "Perangkat daerah",
        "step": "Tahapan",
        "done": "Tahapan yang selesai",
        "stalled": "Tanpa kemajuan sejak",
        "started": "Dimulai",
        "document": "Dokumen",
        "due": "Batas waktu",
        "agreement": "Kerja sama",
        "meeting": "Rapat",
        "finding": "Temuan",
        "since": "Terhitung sejak",
        "where": "Lokasi",
        "todo": "Langkah",
        "at": "Waktu",
    },
    to_confirm="perlu dikonfirmasi",
    letter="surat Nomor {} tanggal {}",
    letter_number="surat Nomor {}",
    with_term="{}; jangka waktu {}",
    from_to=" antara {} dan {}",
    with_partner=" dengan {}",
    own_party=" oleh {}",
    signed=", yang ditandatangani {},",
    groups={
        "late": "Terlambat",
        "week": "Dalam sepekan, sampai dengan {}",
        "later": "Mendatang",
        "data": "Temuan yang perlu ditindaklanjuti",
    },
    counts={
        "late": ("{} terlambat", "{} terlambat"),
        "week": ("{} dalam sepekan", "{} dalam sepekan"),
        "later": ("{} mendatang", "{} mendatang"),
        "data": ("{} temuan", "{} temuan"),
    },
    matters=("{} hal", "{} hal"),
    conjunction="dan",
    serial_comma=True,
    headings={
        "expiry": "Masa berlaku sampai dengan {due}",
        "notice_by": "Batas pemberitahuan tertulis kepada mitra: {due}",
        "report": "Laporan pelaksanaan {topic}, batas waktu {due}",
        "step": "Tahapan {topic}, batas waktu {due}",
        "stalled": "Tahapan {topic}, belum tercatat kemajuan {due}",
        "follow_up": "Tindak lanjut rapat ({topic}), batas waktu {due}",
        "finding": "{topic}, terhitung sejak {due}",
    },
    asks_to_decide=(
        "Mohon sikap ditetapkan {by}: diperbarui, direvitalisasi, atau tidak dilanjutkan."
    ),
    asks_to_decide_and_start=(
        "Mohon sikap ditetapkan: diperbarui, direvitalisasi, atau tidak dilanjutkan; pembaruan "
        "perlu dimulai paling lambat hari {day}."
    ),
    asks_to_go_on="Mohon ditetapkan {by} apakah kerja sama ini tetap dilanjutkan.",
    partner="mitra",
    # PP 28/2018 Pasal 43(1) names the addressee for foreign cooperation only.
    report_to={"KSDPL": "Menteri Dalam Negeri", "KSDLL": "Menteri Dalam Negeri"},
    periods={
        "S1": ("Semester I Tahun {}", "Semester I {}"),
        "S2": ("Semester II Tahun {}", "Semester II {}"),
        "Q1": ("Triwulan I Tahun {}", "Triwulan I {}"),
        "Q2": ("Triwulan II Tahun {}", "Triwulan II {}"),
        "Q3": ("Triwulan III Tahun {}", "Triwulan III {}"),
        "Q4": ("Triwulan IV Tahun {}", "Triwulan IV {}"),
        "year": ("Tahun {}", "Tahun {}"),
    },
    finding_title="{}",
    finding_action="Mohon data tersebut diperiksa dan dilengkapi.",
    finding_by="Tindak lanjutnya dimohon {by}.",
    more_gaps="{} butir lainnya",
    unanswered="pemberitahuan hari {on} kepada {who}",
    unanswered_notices=(
        "{} pemberitahuan belum ditanggapi",
        "{} pemberitahuan belum ditanggapi",
    ),
    named_role="{name} ({role})",
)
