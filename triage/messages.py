"""What the command line says to people, in the three interface languages."""

from __future__ import annotations

LANGUAGES = ("az", "en", "ru")

REASONS: dict[str, dict[str, str]] = {
    "low_confidence": {
        "az": "Model bəyan edilmiş xəta həddində insansız yönəltmək üçün kifayət qədər əmin deyil.",
        "en": "The model is not sure enough to route it unread at the stated error rate.",
        "ru": "Модель недостаточно уверена, чтобы направить без человека при заявленной доле ошибок.",
    },
    "several_departments": {
        "az": "Bir neçə idarənin səlahiyyətinə aid ola bilər.",
        "en": "More than one department may be competent.",
        "ru": "Может относиться к компетенции нескольких управлений.",
    },
    "unreadable": {
        "az": "Mətn oxunmur: skanın keyfiyyəti pisdir və ya sözlər tanınmır.",
        "en": "The text cannot be read: a poor scan, or words that are not words.",
        "ru": "Текст не читается: плохой скан или слова не распознаны.",
    },
    "empty": {
        "az": "Sənəddə mətn yoxdur.",
        "en": "There is no text in the document.",
        "ru": "В документе нет текста.",
    },
    "truncated": {
        "az": "Sənəd bütövlükdə oxunmayıb: həddi aşır.",
        "en": "Not all of the document was read: it is over the limit.",
        "ru": "Документ прочитан не полностью: превышен предел.",
    },
    "unsupported_language": {
        "az": "Sənədin dili dəstəklənmir və ya müəyyən edilmədi.",
        "en": "The document's language is not supported, or could not be told.",
        "ru": "Язык документа не поддерживается или не определён.",
    },
    "new_topic": {
        "az": "Mövzu öyrədilmiş sənədlərə oxşamır.",
        "en": "The topic is unlike anything the model was trained on.",
        "ru": "Тема не похожа на то, на чём обучена модель.",
    },
    "always_review": {
        "az": "Bu mövzuya həmişə əvvəlcə insan baxır.",
        "en": "A person always looks at this subject first.",
        "ru": "Эту тему всегда сначала смотрит человек.",
    },
    "urgent": {
        "az": "Təcili: kiminsə həyatı, sağlamlığı və ya azadlığı indi təhlükədə ola bilər.",
        "en": "Urgent: someone's life, health or liberty may be in danger now.",
        "ru": "Срочно: чья-то жизнь, здоровье или свобода могут быть сейчас в опасности.",
    },
    "conflict_of_interest": {
        "az": "Şikayət sənədin gedəcəyi orqanın özündəndir; başqa yerə yönəldilib.",
        "en": "The paper complains of the office that it would go to; it was sent elsewhere.",
        "ru": "Жалоба на орган, в который документ был бы направлен; он направлен в другой.",
    },
    "instructions_in_text": {
        "az": "Mətndə proqrama ünvanlanmış göstəriş var; nəzərə alınmayıb.",
        "en": "The text holds instructions to the program; they were ignored.",
        "ru": "В тексте есть указания программе; они не учтены.",
    },
}

URGENCY: dict[str, dict[str, str]] = {
    "immediate": {"az": "dərhal", "en": "immediate", "ru": "немедленно"},
    "high": {"az": "yüksək", "en": "high", "ru": "высокая"},
    "normal": {"az": "adi", "en": "normal", "ru": "обычная"},
}

DECISION: dict[str, dict[str, str]] = {
    "route": {"az": "yönəldilir", "en": "route", "ru": "направить"},
    "review": {"az": "insan baxmalıdır", "en": "review", "ru": "проверить"},
}

WORDS: dict[str, dict[str, str]] = {
    "document": {"az": "Sənəd", "en": "Document", "ru": "Документ"},
    "document_type": {"az": "Növ", "en": "Type", "ru": "Вид"},
    "subject": {"az": "Mövzu", "en": "Subject", "ru": "Тема"},
    "territory": {"az": "Yer", "en": "Place", "ru": "Место"},
    "department": {"az": "İdarə", "en": "Department", "ru": "Управление"},
    "candidates": {"az": "Mümkün idarələr", "en": "Candidates", "ru": "Возможные управления"},
    "urgency": {"az": "Təcililik", "en": "Urgency", "ru": "Срочность"},
    "language": {"az": "Dil", "en": "Language", "ru": "Язык"},
    "decision": {"az": "Qərar", "en": "Decision", "ru": "Решение"},
    "rule": {"az": "Qayda", "en": "Rule", "ru": "Правило"},
    "entities": {"az": "Tapılanlar", "en": "Entities", "ru": "Найдено"},
    "evidence": {"az": "Əsas olan sözlər", "en": "Evidence", "ru": "Обоснование"},
    "error": {"az": "Xəta", "en": "Error", "ru": "Ошибка"},
}


def say(table: dict[str, dict[str, str]], key: str, language: str) -> str:
    """The words for `key` in `language`; the key itself where there are none."""
    return table.get(key, {}).get(language, key)
