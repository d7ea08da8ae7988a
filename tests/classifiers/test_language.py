import pytest

from classifiers.judging.language import TAUGHT, Languages


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Falha no treinamento de um modelo de linguagem após queda de energia", "pt"),
        ("Language model training stops after a power cut", "en"),
        ("Το δικαστήριο απέρριψε την αγωγή για τα διπλώματα ευρεσιτεχνίας", "el"),
        ("Oikeus hylkäsi patenttikanteen", "fi"),
        ("Pengadilan menolak gugatan hak paten", "id"),
        ("학습 작업이 GPU 고장으로 중단되었다", "ko"),
        ("学習がGPUの故障で止まった", "ja"),
        ("法院驳回了专利诉讼", "zh"),
        ("Iudices litem de iure inventoris reiecerunt", "la"),
        ("न्यायालयेन अधिकारविषयकः विवादः निराकृतः", "sa"),
    ],
)
def test_our_languages(languages: Languages, text, lang):
    assert languages.detect(text).code == lang


def test_a_foreign_language_is_seen_as_foreign(languages: Languages):
    found = languages.detect("Sąd oddalił pozew o naruszenie patentu na układ scalony")
    assert found.code not in TAUGHT
    assert found.confidence > 0.8


def test_the_declared_language_counts_only_where_the_text_is_open(languages: Languages):
    assert languages.detect("GPU 2", "fi-FI").code == "fi"
    assert languages.detect("The court has dismissed the patent suit", "fi").code == "en"
    assert languages.detect("", "").confidence < 0.8


@pytest.mark.parametrize(
    ("text", "declared", "lang"),
    [
        ("半導体大手、標準規格策定開始", "ja", "ja"),
        ("半導体大手、標準規格策定開始", "ja-JP", "ja"),
        ("半導体大手、標準規格策定開始", "jp", "ja"),
        ("訓練中断：NVIDIA製GPU障害", "ja", "ja"),
        ("國際標準化機構", "ko", "ko"),
        ("半導體專利訴訟", "zh-TW", "zh"),
        ("法院驳回了专利诉讼", "ja", "zh"),  # characters that only Chinese has
        ("国家标准发布", "ko", "zh"),
        ("学習がGPUの故障で止まった", "zh", "ja"),  # kana speak against Chinese
        ("학습 작업이 중단되었다", "zh", "ko"),
        ("Суд скасував рішення про патент", "uk", "uk"),
        ("Новий стандарт для процесорів", "uk", "uk"),
        ("Суд отклонил иск о патентах на память", "ru", "ru"),
        ("Суд відхилив позов про патенти", "ru", "uk"),
        ("न्यायालयेन विवादः निराकृतः", "sa", "sa"),
        ("The court has dismissed the patent suit", "ja", "en"),
        ("The court has dismissed the patent suit", "de", "en"),
    ],
)
def test_a_declared_language_stays_where_the_script_does_not_speak_against_it(
    languages: Languages, text, declared, lang
):
    assert languages.detect(text, declared).code == lang
