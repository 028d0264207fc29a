from __future__ import annotations

import pytest

from checker.text import labels
from checker.text.normalise import normalise

LABELS = """made with AI 🤖|Video created using Sora|(AI)|[AI-generated]|AI video|KI-generiert|生成AI|AI生成
人工智能生成|genere par IA|#aiart #midjourney #sora|#KIgeneriert
This video is AI-generated. Enjoy!|Al-generated content|4I GENERATED|A.I. generated
A I  G E N E R A T E D|Vidéo générée par IA|Créé avec l'intelligence artificielle
Image conçue avec Midjourney|Hecho con IA|Vídeo generado con inteligencia artificial
Mit KI erstellt|Realizzato con l'intelligenza artificiale
Dieses Video wurde mit künstlicher Intelligenz erstellt|Criado com IA|本视频由AI生成
AIで生成した動画です|AI로 제작된 영상입니다|تم إنشاؤه بالذكاء الاصطناعي
यह वीडियो AI से बनाया गया है|Создано с помощью нейросети|Видео сгенерировано ИИ|Dibuat dengan AI
Bu video yapay zeka ile oluşturuldu|Video này được tạo bởi AI|Gemaakt met AI
Wygenerowane przez AI|Skapad med AI|Vytvořeno pomocí AI|Mesterséges intelligenciával készült
Δημιουργήθηκε με τεχνητή νοημοσύνη|נוצר על ידי בינה מלאכותית|สร้างด้วย AI|This is AI
The voice in this video is AI|I made this song with AI|Not real, it's AI generated
voix générée par IA|AI-generated video of a cat surfing|This person doesn't exist - AI
Made with ❤️ and AI|ساخته شده با هوش مصنوعی|deepfake parody"""
NO_LABELS = """#notAI|no AI was used|pas généré par IA|this is NOT AI generated|people say it is AI generated
I love AI|Ai Weiwei exhibition today|my AI startup just raised $3M|AI voice tutorial
Is this AI generated?|How to make videos with AI|AI-generated content is taking over TikTok
Learn to create videos with AI|#ai #tech|He said this was made with AI
The new law requires AI-generated content to be labelled|They accused me of using AI
Comment j'ai fait|Kein KI, alles echt|100% humain, sans IA|AI is the future
made my life easier with AI|Made by hand|J'ai fait ce gâteau|Sora is my daughter
Can you tell this video was made with AI?|No es IA, es real|AIは使っていません
AI로 만든 영상이 아닙니다|不是AI生成|AI如何改变世界|Ho fatto una torta ai bambini
ai là người tạo ra video này|Студенты используют ИИ|Не создано нейросетью
Bu video yapay zeka değil|यह वीडियो AI से नहीं बनाया गया|not AI, I drew this by hand
Jobs created by AI|music video"""
DENIALS = [
    "#notAI",
    "no AI was used",
    "pas généré par IA",
    "this is NOT AI generated",
    "Kein KI, alles echt",
    "不是AI生成",
]


def _labels(text: str) -> list[bool]:
    """Whether each finding is a label rather than a denial."""
    return [not x.denied for x in labels.find(normalise(text))]


@pytest.mark.parametrize("text", LABELS.replace("\n", "|").split("|"))
def test_a_label_is_one(text: str) -> None:
    assert any(_labels(text))


@pytest.mark.parametrize("text", NO_LABELS.replace("\n", "|").split("|"))
def test_denial_and_talk_are_no_label(text: str) -> None:
    assert not any(_labels(text))


@pytest.mark.parametrize("text", DENIALS)
def test_a_denial_is_reported(text: str) -> None:
    assert _labels(text) == [False]
