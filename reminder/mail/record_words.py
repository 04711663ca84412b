"""What the register stores as codes, in words: kinds of activity, papers, and items to check.

A code that stands nowhere here is shown as it is, with blanks for its underscores: the register
takes any kind of paper and any item.
"""

from __future__ import annotations

from collections.abc import Mapping

from reminder.mail.plain_text import clean

ACTIVITIES: Mapping[str, Mapping[str, str]] = {
    "id": {
        "letter_out": "surat kepada mitra",
        "letter_in": "surat dari mitra",
        "meeting": "rapat",
        "visit": "kunjungan",
        "exchange": "pertukaran",
        "ceremony": "acara seremonial",
        "other": "kegiatan lain",
    },
    "en": {
        "letter_out": "letter to the partner",
        "letter_in": "letter from the partner",
        "meeting": "meeting",
        "visit": "visit",
        "exchange": "exchange",
        "ceremony": "ceremony",
        "other": "other activity",
    },
}
DOCUMENTS: Mapping[str, Mapping[str, str]] = {
    "id": {
        "naskah": "naskah kerja sama",
        "naskah_id": "naskah berbahasa Indonesia",
        "naskah_en": "naskah berbahasa Inggris",
        "surat_kehendak": "surat kehendak",
        "tanggapan_mitra": "surat tanggapan mitra",
        "pemberitahuan_mitra": "surat pemberitahuan kepada mitra",
        "penyelesaian_kegiatan": "daftar kegiatan yang selesai",
        "laporan_akhir": "laporan akhir",
        "evaluasi_bersama": "notulen evaluasi bersama",
        "rencana_aksi_baru": "rencana aksi baru",
        "prakarsa": "surat prakarsa atau tawaran",
        "penjajakan": "laporan hasil penjajakan",
        "konsultasi_pusat": "surat konsultasi dan jawabannya",
        "pernyataan_kehendak": "pernyataan kehendak (LoI)",
        "rencana_kerja_sama": "rencana kerja sama (RKS)",
        "surat_permohonan": "surat permohonan kepada DPRD",
        "persetujuan_dprd": "persetujuan DPRD",
        "surat_pertimbangan": "surat pertimbangan Mendagri",
        "perbaikan_rks": "RKS perbaikan",
        "rancangan_naskah": "rancangan naskah kerja sama",
        "rapat_antarkementerian": "notulen rapat antarkementerian",
        "pembahasan_mitra": "rancangan yang dibahas dengan mitra",
        "surat_konfirmasi": "surat konfirmasi Kemlu",
        "surat_kuasa": "surat kuasa",
        "penyerahan_naskah_asli": "berita acara serah terima naskah asli",
        "serah_terima": "berita acara serah terima",
        "berita_acara_serah_terima": "berita acara serah terima",
        "rencana_aksi": "rencana aksi",
        "evaluasi": "hasil pemantauan dan evaluasi",
        "pemetaan": "hasil pemetaan",
        "penawaran": "surat penawaran dan jawabannya",
        "penyusunan_kb": "rancangan kesepakatan bersama",
        "penyusunan_pks": "rancangan perjanjian kerja sama",
        "penyerahan_hasil": "bukti setor atau berita acara aset",
        "studi_kelayakan": "dokumen studi kelayakan",
        "notulen": "notulen rapat",
        "surat_tugas": "surat tugas",
        "kesepakatan_bersama": "kesepakatan bersama",
        "perjanjian_kerja_sama": "perjanjian kerja sama",
    },
    "en": {
        "naskah": "text of the agreement",
        "naskah_id": "Indonesian text",
        "naskah_en": "English text",
        "surat_kehendak": "letter to the partner",
        "tanggapan_mitra": "letter of reply",
        "pemberitahuan_mitra": "written notice to the partner",
        "penyelesaian_kegiatan": "list of what was completed",
        "laporan_akhir": "final report",
        "evaluasi_bersama": "minutes of the joint evaluation",
        "rencana_aksi_baru": "new action plan",
        "prakarsa": "letter of initiative or offer",
        "penjajakan": "report on the exploration",
        "konsultasi_pusat": "letters of consultation and replies",
        "pernyataan_kehendak": "letter of intent",
        "rencana_kerja_sama": "cooperation plan (RKS)",
        "surat_permohonan": "request to the regional council",
        "persetujuan_dprd": "approval by the regional council",
        "surat_pertimbangan": "considerations of the Minister of Home Affairs",
        "perbaikan_rks": "corrected cooperation plan",
        "rancangan_naskah": "draft of the text",
        "rapat_antarkementerian": "minutes of the meeting of the ministries",
        "pembahasan_mitra": "draft discussed with the partner",
        "surat_konfirmasi": "letter of confirmation by the foreign ministry",
        "surat_kuasa": "full powers",
        "penyerahan_naskah_asli": "record of the deposit of the original",
        "serah_terima": "record of deposit",
        "berita_acara_serah_terima": "record of deposit",
        "rencana_aksi": "action plan",
        "evaluasi": "result of monitoring and evaluation",
        "pemetaan": "result of the mapping",
        "penawaran": "offer and reply",
        "penyusunan_kb": "draft of the joint agreement",
        "penyusunan_pks": "draft of the cooperation contract",
        "penyerahan_hasil": "proof of payment or of the handing over of assets",
        "studi_kelayakan": "feasibility study",
        "notulen": "minutes of the meeting",
        "surat_tugas": "letter of assignment",
        "kesepakatan_bersama": "joint agreement",
        "perjanjian_kerja_sama": "cooperation contract",
    },
}
"""The types that steps lead to (``steps.yaml``), and others that registers often have."""

CHECKS: Mapping[str, Mapping[str, str]] = {
    "id": {
        "hubungan_diplomatik": "hubungan diplomatik",
        "urusan_pemda": "kesesuaian dengan urusan pemerintahan daerah",
        "tanpa_kantor_perwakilan": "tidak membuka kantor perwakilan di luar negeri",
        "tidak_mencampuri": "mitra tidak mencampuri urusan dalam negeri",
        "sesuai_rpjmd": "kesesuaian dengan rencana pembangunan",
        "alih_teknologi": "alih ilmu pengetahuan dan teknologi",
        "setara_administratif": "kesetaraan status administrasi atau wilayah",
        "saling_melengkapi": "sifat saling melengkapi",
        "people_to_people": "hubungan antarmasyarakat",
        "aman_politis": "keamanan secara politis",
        "aman_yuridis": "keamanan secara yuridis",
        "aman_teknis": "keamanan secara teknis",
        "aman_keamanan": "keamanan dari segi keamanan",
    },
    "en": {
        "hubungan_diplomatik": "diplomatic relations",
        "urusan_pemda": "whether it is an affair of the local government",
        "tanpa_kantor_perwakilan": "that no office abroad is opened",
        "tidak_mencampuri": "that the partner does not meddle in domestic affairs",
        "sesuai_rpjmd": "whether it fits the development plan",
        "alih_teknologi": "transfer of science and technology",
        "setara_administratif": "equal administrative status or area",
        "saling_melengkapi": "whether the parties complement each other",
        "people_to_people": "people-to-people contact",
        "aman_politis": "political safety",
        "aman_yuridis": "legal safety",
        "aman_teknis": "technical safety",
        "aman_keamanan": "safety with regard to security",
    },
}


def in_words(codes: Mapping[str, Mapping[str, str]], code: str, language: str) -> str:
    """*code* in the words of *codes*; as it is written where they have none for it."""
    return codes[language].get(code) or clean(code, 200).replace("_", " ")
