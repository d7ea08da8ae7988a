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
