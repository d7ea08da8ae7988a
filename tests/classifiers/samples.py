"""A few headlines of two themes and of none, enough to train a model in a second; invented here."""

from classifiers.learning.examples import Example
from classifiers.learning.thresholds import OperatingPoint

THEMES = ("strikes", "floods")
OPERATING_POINT = OperatingPoint(
    value=0.2, sure=0.9, sure_none=0.9, ordinary=1.0, tagged=1.0
)  # so few examples keep no stricter one
_STRIKES = (
    ("en", "Train drivers walk out over pay for the third week", "The union says talks with the operator have failed."),
    ("en", "Dock workers vote to strike", "Cranes at the port stand still from Monday."),
    ("en", "Nurses begin a two-day stoppage", "Hospitals postpone operations while wages are negotiated."),
    ("en", "Bin collectors down tools in the capital", "Rubbish piles up as the dispute over shifts goes on."),
    ("de", "Lokführer legen die Arbeit nieder", "Die Gewerkschaft fordert mehr Lohn und kürzere Schichten."),
    ("de", "Warnstreik am Flughafen: hunderte Flüge fallen aus", "Das Bodenpersonal verlangt einen Tarifvertrag."),
    ("fr", "Grève des enseignants contre la réforme", "Les syndicats appellent à une nouvelle journée d'action."),
    ("fr", "Les éboueurs cessent le travail", "Le conflit sur les salaires dure depuis dix jours."),
    ("es", "Los conductores de autobús van a la huelga", "El sindicato rechaza la oferta salarial de la empresa."),
    ("ja", "鉄道労組がストライキに突入", "賃上げ交渉が決裂し、始発から運転を取りやめた。"),
)
_FLOODS = (
    ("en", "River bursts its banks after a week of rain", "Hundreds of homes are under water and roads are closed."),
    ("en", "Flood wall fails in the old town", "Residents were taken from their roofs by boat."),
    ("en", "Heavy rain leaves villages cut off", "The water rose two metres in one night."),
    ("en", "Dam overflows and submerges farmland", "Farmers lost their harvest to the flood."),
    ("de", "Hochwasser: Altstadt steht unter Wasser", "Nach Dauerregen ist der Fluss über die Ufer getreten."),
    ("de", "Deich gebrochen, Dörfer überflutet", "Feuerwehr und Armee bringen Bewohner in Sicherheit."),
    ("fr", "La crue de la rivière inonde le centre-ville", "Des centaines d'habitants ont été évacués."),
    ("fr", "Inondations : deux villages coupés du monde", "Le niveau de l'eau a monté de trois mètres."),
    ("es", "El río se desborda e inunda barrios enteros", "Las lluvias obligan a evacuar a mil vecinos."),
    ("fi", "Joki tulvi yli äyräidensä", "Satoja asukkaita evakuoitiin veden noustua koteihin."),
    ("ja", "豪雨で川が氾濫、住宅が浸水", "数百人が避難し、道路は冠水している。"),
)
_NEITHER = (
    ("en", "New museum of glass opens on the harbour", "Three hundred works are shown in a former warehouse."),
    ("en", "Football club signs a young goalkeeper", "The contract runs for four years."),
    ("en", "Union of two banks is approved", "Shareholders voted for the merger on Thursday."),
    ("en", "Dry spring worries farmers", "Wells are at their lowest level for a decade."),
    ("en", "Train line to the coast gets electric engines", "Journeys will be twelve minutes shorter."),
    ("de", "Museum zeigt Briefe eines vergessenen Malers", "Die Ausstellung ist bis Oktober zu sehen."),
    ("de", "Neue Brücke über den Fluss eröffnet", "Der Bau hat drei Jahre gedauert."),
    ("de", "Fußballverein entlässt seinen Trainer", "Nach fünf Niederlagen war Schluss."),
    ("fr", "Un musée du verre ouvre ses portes", "Trois cents œuvres sont exposées."),
    ("fr", "Le prix du pain augmente encore", "Les boulangers évoquent le coût de la farine."),
    ("es", "Abre un nuevo museo en el puerto", "La entrada es gratuita los domingos."),
    ("es", "El equipo local ficha a un portero", "Firma por cuatro temporadas."),
    ("ja", "港に新しい美術館が開館", "倉庫を改装し、三百点を展示する。"),
    ("ja", "地元クラブが若手選手を獲得", "契約は四年間。"),
)


def examples() -> tuple[Example, ...]:
    """The headlines as examples, each a group of its own."""
    kinds = ((("strikes",), _STRIKES), (("floods",), _FLOODS), ((), _NEITHER))
    return tuple(
        Example(title, summary, themes, lang, f"{''.join(themes) or 'neither'}-{number}")
        for themes, rows in kinds
        for number, (lang, title, summary) in enumerate(rows)
    )
