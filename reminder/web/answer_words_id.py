"""The words of answers in formal Indonesian. Nobody is addressed: readers are peers or above."""

from __future__ import annotations

from reminder.web.answer_words import AnswerWords

INDONESIAN = AnswerWords(
    language="id",
    others="Tanggapan lain",
    given="Tercatat melalui tautan ini pada {at}: {what}",
    acknowledged=(
        "Penerimaan sudah dikonfirmasi dan berlaku sampai dengan {last}; pengingat tetap dikirim."
    ),
    snoozed="Pengingat ditunda sampai {until}.",
    redated=(
        "Tanggal ini berubah sejak pesan dikirim, sehingga tidak dapat ditanggapi melalui tautan "
        "ini. Mohon tanggapi pesan terbaru mengenai tanggal yang baru."
    ),
    not_responsible=(
        "Alamat yang menerima tautan ini tidak lagi tercatat bertugas untuk hal ini, sehingga "
        "tidak dapat menanggapinya."
    ),
    copy="Pesan ini tembusan untuk diketahui. Tanggapan diberikan oleh penanggung jawab.",
    error="Galat:",
    error_title="Galat: {}",
    errors="Tanggapan belum dicatat. Mohon perbaiki hal berikut:",
    too_fast=(
        "Tombol ditekan segera setelah halaman terbuka, sehingga belum ada yang dicatat. Isian "
        "tetap tersimpan di bawah ini; silakan tekan tombolnya sekali lagi."
    ),
    form_over=(
        "Formulir ini sudah tidak berlaku, sehingga belum ada yang dicatat. Isian tetap tersimpan "
        "di bawah ini; silakan tekan tombolnya sekali lagi."
    ),
    no_action="Pilih salah satu tanggapan di halaman ini. Belum ada yang dicatat.",
    refusals={
        "closed": "Hal ini sudah selesai atau tidak berlaku lagi, sehingga tidak dapat ditanggapi.",
        "link_over": (
            "Tautan ini tidak berlaku lagi karena penanganannya telah diserahkan atau tautannya "
            "telah diakhiri."
        ),
        "gone": "Hal ini tidak lagi tercatat dalam register, sehingga tidak dapat ditanggapi.",
        "redated": (
            "Tanggal ini berubah sejak pesan dikirim; batas waktunya kini {due}. Mohon tanggapi "
            "pesan terbaru mengenai tanggal yang baru."
        ),
        "snooze_past": "Pilih hari setelah hari ini.",
        "snooze_too_far": "Pilih hari paling lambat {last}.",
        "snooze_too_often": (
            "Pengingat hal ini sudah {most} kali ditunda dan tidak dapat ditunda lagi."
        ),
        "snooze_too_late": ("Batas waktunya {due}, sehingga pengingat tidak dapat ditunda lagi."),
        "silent": "Tidak ada pengingat yang dikirim untuk hal ini, sehingga tidak perlu ditunda.",
        "not_done_so": (
            "Hal ini tidak selesai dengan pernyataan di halaman ini, tetapi dengan pencatatan "
            "yang dimohon di atas."
        ),
        "needs_evidence": "Isi bukti penyampaian laporan.",
        "still_to_come": "Tanggal ini belum tiba. Isi tanggal setelah hal ini benar-benar selesai.",
        "unreadable": "Isian ini tidak dapat dibaca.",
        "no_decision": "Sikap hanya ditetapkan mengenai berakhirnya kerja sama.",
        "not_to_them": (
            "Alamat ini tidak tercatat sebagai petugas aktif dalam direktori. Pilih petugas lain, "
            "atau mohon pengelola layanan mencatatnya lebih dahulu."
        ),
        "not_handed_over": "Hal ini tidak memiliki penanggung jawab tersendiri untuk diserahkan.",
        "owner_already": "Petugas ini sudah menjadi penanggung jawabnya.",
        "to_oneself": "Pilih petugas lain: alamat ini adalah penerima pesan ini sendiri.",
        "offer_over": "Penyerahan tugas ini sudah tidak berlaku.",
        "no_undo": "Tanggapan seperti ini tidak dapat dibatalkan.",
        "changed_since": "Data ini sudah diubah oleh pihak lain, sehingga tidak dapat dibatalkan.",
    },
    refused="Tanggapan ini tidak dapat dicatat untuk keadaan data saat ini.",
    ack_question="Konfirmasi penerimaan",
    ack_explained=(
        "Sebelum {until}, atasan tidak diberi tahu bahwa pemberitahuan ini belum ditanggapi. "
        "Pengingat tetap dikirim sesuai jadwal sampai hal ini selesai."
    ),
    ack_button="Saya sudah menerima pemberitahuan ini",
    snooze_question="Ingatkan kembali nanti",
    snooze_explained=(
        "Sebelum hari yang dipilih tidak ada pengingat. Pada hari itu hal ini diingatkan sekali "
        "lagi apabila belum selesai."
    ),
    snooze_choice="Kapan hal ini diingatkan kembali?",
    snooze_day="{day} ({days})",
    other_day="Hari lain",
    other_day_label="Hari lain, paling lambat {last}",
    snooze_button="Tunda pengingat sampai hari itu",
    done_question={
        "report": "Laporan sudah disampaikan",
        "step": "Tahapan ini sudah selesai",
        "follow_up": "Tindak lanjut ini sudah selesai",
    },
    done_on={
        "report": "Tanggal laporan disampaikan",
        "step": "Tanggal selesai",
        "follow_up": "Tanggal selesai",
    },
    done_on_hint="Contoh: {}.",
    evidence={
        "report": "Bukti penyampaian",
        "step": "Nomor dokumen atau bukti lain (apabila ada)",
        "follow_up": "Bukti (apabila ada)",
    },
    evidence_hint={
        "report": (
            "Nomor dan tanggal surat pengantar, tanda terima, atau letak berkasnya. Apabila tidak "
            "ada kegiatan: laporan nihil, beserta nomor suratnya."
        ),
        "step": "Nomor dan tanggal surat, atau letak berkasnya.",
        "follow_up": "Nomor dan tanggal surat, atau letak berkasnya.",
    },
    done_button={
        "report": "Catat bahwa laporan sudah disampaikan",
        "step": "Catat bahwa tahapan ini selesai",
        "follow_up": "Catat bahwa tindak lanjut ini selesai",
    },
    handover_question="Bukan tugas saya: serahkan kepada petugas lain",
    handover_explained=(
        "Petugas yang dipilih diminta persetujuannya melalui surel. Penanggung jawab yang "
        "sekarang tetap bertanggung jawab sampai petugas itu menerimanya."
    ),
    to_choice="Kepada siapa tugas ini diserahkan?",
    other_person="Petugas lain",
    other_person_label="Alamat surel petugas lain",
    only_person_label="Alamat surel petugas",
    other_person_hint="Hanya alamat yang tercatat dalam direktori layanan ini.",
    note="Catatan untuk petugas itu (apabila perlu)",
    handover_button="Tawarkan tugas ini kepada petugas itu",
    decide_question="Tetapkan sikap atas berakhirnya kerja sama",
    decide_explained="Sikap ini dicatat dan diberitahukan melalui surel.",
    decision_choice="Bagaimana kelanjutan kerja sama ini?",
    decisions={
        "renew": "Diperbarui",
        "end": "Tidak dilanjutkan",
        "revitalise": "Direvitalisasi",
    },
    decision_hints={
        "renew": (
            "Naskah pembaruan mulai disiapkan; pengingat berlanjut sampai pembaruan ditandatangani."
        ),
        "end": "Kerja sama berakhir pada tanggalnya; penutupannya mulai disiapkan.",
        "revitalise": (
            "Kerja sama dihidupkan kembali dengan kegiatan baru; pengingat masa berlaku berlanjut."
        ),
    },
    decide_button="Catat sikap ini",
    confirm_last="Penegasan: ketik {count} karakter terakhir dari kode kerja sama {ref}",
    confirm_whole="Penegasan: ketik kode kerja sama {ref}",
    confirm_last_item="Penegasan: ketik {count} karakter terakhir dari kode tindak lanjut {ref}",
    confirm_whole_item="Penegasan: ketik kode tindak lanjut {ref}",
    choose_day="Pilih hari untuk diingatkan kembali.",
    one_day="Pilih satu hari saja: salah satu dari daftar, atau hari lain.",
    unreadable_day="Tanggal ini tidak dapat dibaca dengan pasti. Contoh: {example}.",
    needs_day="Isi tanggalnya.",
    unfit_day="Tanggal ini tidak sesuai dengan data lain yang tercatat, misalnya hari mulainya.",
    unreadable_text=(
        "Isian ini memuat karakter yang tidak dapat dicatat. Mohon ketik ulang isiannya."
    ),
    too_long="Isian ini terlalu panjang: paling banyak {most} karakter.",
    choose_person="Pilih petugas, atau isi alamat surelnya.",
    one_person="Pilih satu petugas saja: salah satu dari daftar, atau petugas lain.",
    choose_decision="Pilih salah satu sikap.",
    needs_confirm="Ketik penegasan seperti yang diminta.",
    wrong_confirm="Penegasan ini tidak sama dengan yang diminta.",
    latin_confirm="Ketik penegasan dengan huruf dan angka Latin biasa.",
    recorded={
        "ack": "Tercatat: pemberitahuan sudah diterima",
        "snooze": "Tercatat: pengingat ditunda",
        "done": "Tercatat: sudah selesai",
        "handover": "Tercatat: tugas ditawarkan kepada petugas lain",
        "decide": "Tercatat: sikap atas kerja sama",
    },
    recorded_before="Sudah tercatat sebelumnya",
    recorded_before_why="Tanggapan ini sudah tercatat pada {at}, sehingga tidak dicatat lagi.",
    recorded_by_other="Tidak ada yang perlu dicatat lagi: hal ini sudah ditanggapi.",
    taken_back="Tanggapan ini dibatalkan pada {at}.",
    about_matter="Mengenai",
    what="Yang tercatat",
    by="Oleh",
    at="Waktu",
    recorded_seen="pemberitahuan ini sudah diterima",
    recorded_snooze="pengingat ditunda sampai {until}",
    recorded_done="sudah selesai",
    recorded_done_on="selesai {on}",
    recorded_offer="tugas ini ditawarkan kepada {to}",
    recorded_decision="sikap: {decision}",
    evidence_row="Bukti",
    by_link="pemegang tautan yang dikirim kepada {who}",
    by_reply="balasan surel dari {who}",
    by_other="penerima lain atau pengelola layanan",
    next="Selanjutnya",
    next_quiet_until="Sebelum {until}, atasan tidak diberi tahu mengenai hal ini.",
    next_snoozed=(
        "Sebelum {until} tidak ada pengingat. Pada hari itu hal ini diingatkan sekali lagi apabila "
        "belum selesai."
    ),
    next_reminder="Pengingat berikutnya dijadwalkan {on}, apabila belum selesai.",
    no_reminder="Tidak ada pengingat lagi yang dijadwalkan untuk hal ini.",
    nothing_more="Tidak ada lagi pengingat untuk hal ini, dan tidak ada lagi yang perlu dilakukan.",
    still_open="Hal ini masih tercatat belum selesai; datanya diperiksa kembali secara berkala.",
    next_offer=(
        "Petugas itu diminta persetujuannya melalui surel. Penanggung jawab yang sekarang tetap "
        "menerima pengingat sampai petugas itu menerimanya."
    ),
    next_decided={
        "renew": "Pembaruan sudah dicatat sebagai proses tersendiri dengan tahapannya.",
        "end": "Penutupan kerja sama dimulai sesuai tahapan yang diatur dalam layanan ini.",
        "revitalise": "Revitalisasi dimulai sesuai tahapan yang diatur dalam layanan ini.",
    },
    correct="Apabila tanggapan ini keliru",
    undo="Batalkan tanggapan ini",
    no_undo={
        "ack": (
            "Tidak ada yang perlu dibatalkan: batas waktu tidak berubah dan pengingat tetap "
            "dikirim."
        ),
        "snooze": (
            "Batas waktu tidak berubah. Apabila hal ini perlu diingatkan lebih awal, mohon "
            "sampaikan kepada pihak yang disebut pada bagian pertanyaan."
        ),
        "done": (
            "Mohon sampaikan kepada pihak yang disebut pada bagian pertanyaan, agar datanya "
            "diperbaiki."
        ),
        "handover": (
            "Tawaran ini tidak mengubah apa pun sebelum diterima. Penyerahan yang sudah diterima "
            "dapat dibatalkan dalam 72 jam melalui surel yang dikirim sesudahnya."
        ),
        "decide": (
            "Sikap dapat ditetapkan ulang melalui pesan berikutnya, atau mohon sampaikan kepada "
            "pihak yang disebut pada bagian pertanyaan."
        ),
    },
    back="Kembali ke pemberitahuan",
    will_record="Yang akan dicatat: {}.",
    will_record_what={
        "ack": "pemberitahuan ini sudah diterima",
        "snooze": "pengingat ditunda sampai hari yang dipilih",
        "done": "hal ini sudah selesai",
        "handover": "tugas ini ditawarkan kepada petugas yang dipilih",
        "decide": "sikap atas berakhirnya kerja sama",
    },
    opening_only=(
        "Membuka halaman ini tidak mengubah apa pun dan tidak dicatat sebagai tanggapan; yang "
        "dicatat hanya tombol yang ditekan."
    ),
    holder_answers=(
        "Tautan ini bersifat pribadi: siapa pun yang memilikinya dapat membaca dan menanggapi hal "
        "ini sampai dengan {}."
    ),
)
