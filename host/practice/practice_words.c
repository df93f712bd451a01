/* German and English for the practice model. */
#include "practice/practice_words.h"

const char *const practice_fact_names[PRACTICE_FACTS] = {"type",    "authority",  "strategy",
                                                         "profile", "definition", "defined",
                                                         "open",    "channels",   "cross"};

const struct practice_language practice_languages[PRACTICE_LANGUAGES] = {
    {.labels = {"Typ", "Autorität", "Strategie", "Profil", "Definition", "Definierte Zentren",
                "Offene Zentren", "Kanäle", "Inkarnationskreuz"},
     .focus = "Zu „%s“ steht im Chart: %s.",
     .parts =
         {"Du schreibst: „{context}“ "
          "Das Chart nennt dazu den Typ {type} und die Autorität {authority}. "
          "Von hier aus liest sich deine Lage: "
          "Die Strategie heißt „{strategy}“, das Profil ist {profile}. "
          "Der Kontext bestimmt, wohin der Blick geht; die Fakten des Charts bleiben dieselben.",
          "Definierte Zentren: {defined}. "
          "Was definiert ist, bleibt, auch wenn sich die Umgebung ändert. "
          "Offene Zentren: {open}. "
          "Was offen ist, nimmt auf, was von anderen kommt. "
          "Als Definition nennt das Chart „{definition}“, als Kanäle: {channels}.",
          "In dem Zusammenhang, den du beschreibst, treffen diese Linien aufeinander. "
          "{focus} "
          "Das Profil {profile} zeigt sich darin, wie du in all dem anderen begegnest.",
          "Zwischen dem, was definiert ist, und dem, was offen bleibt, kann eine Spannung "
          "entstehen; "
          "definiert: {defined}; offen: {open}. "
          "Die Autorität {authority} hat ihr eigenes Tempo, und die Umgebung hat ein anderes. "
          "Das ist weder gut noch schlecht; es ist der Ort, an dem sich beides berührt.",
          "So weit reicht, was das Chart zu diesem Kontext sagt: "
          "{type}, Autorität {authority}, Profil {profile}. "
          "Zum Inkarnationskreuz steht dort: {cross}. "
          "Mehr ist an dieser Stelle nicht hinzuzufügen."},
     .plain = "Dies ist Übungstext. Kein Modell wurde gefragt; ein echtes würde diesen Teil aus "
              "der Aufgabe schreiben."},
    {.labels = {"Type", "Authority", "Strategy", "Profile", "Definition", "Defined centres",
                "Open centres", "Channels", "Incarnation cross"},
     .focus = "On \"%s\" the chart says: %s.",
     .parts =
         {"You write: \"{context}\" "
          "To this the chart names the type {type} and the authority {authority}. "
          "From here your situation can be read: the strategy is \"{strategy}\", the profile "
          "{profile}. "
          "The context decides where to look; the facts of the chart stay the same.",
          "Defined centres: {defined}. "
          "What is defined stays, even when the surroundings change. "
          "Open centres: {open}. "
          "What is open takes in what comes from others. "
          "As definition the chart names \"{definition}\", as channels: {channels}.",
          "In the situation you describe these lines meet. "
          "{focus} "
          "The profile {profile} shows in how you meet others in all this.",
          "Between what is defined and what stays open a tension can arise; "
          "defined: {defined}; open: {open}. "
          "The authority {authority} has a pace of its own, and the surroundings have another. "
          "This is neither for praise nor for blame; it is the place where the two touch.",
          "So far goes what the chart says on this context: "
          "{type}, authority {authority}, profile {profile}. "
          "On the incarnation cross it says: {cross}. "
          "There is nothing to add at this point."},
     .plain = "This is practice text. No model was asked; a real one would write this part from "
              "the task."},
};
