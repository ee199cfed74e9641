import { invalid } from '../errors.js';

/** What the rules for sentence boundaries know of one language. Words stand without their last full stop. */
export interface SentenceLanguage {
  /** Stand before a name or another word: the sentence goes on whatever follows. */
  readonly leading: ReadonlySet<string>;
  /** Stand before a number: the sentence goes on if one follows. */
  readonly numbered: ReadonlySet<string>;
  /** Stand before a number, a Roman numeral or a letter: the sentence goes on if one follows. */
  readonly parts: ReadonlySet<string>;
  /** Stand with their number before what they count: `Step 1. Wash it.` */
  readonly steps: ReadonlySet<string>;
  /** Names of letters, many of them words as well: initials where another one stands beside them. */
  readonly letters: ReadonlySet<string>;
  /** Stand between numbers: `6 ft. 4 in. tall`. */
  readonly units: ReadonlySet<string>;
  /** Stand inside a sentence as often as at its end: it ends if a word of `starters` follows. */
  readonly trailing: ReadonlySet<string>;
  /** Stand before a year or a bracket inside a sentence: the sentence goes on if one follows. */
  readonly learned: ReadonlySet<string>;
  /** Stand behind an hour: the sentence goes on if a word of `calendar` follows. */
  readonly hours: ReadonlySet<string>;
  /** Stand before an hour that begins a sentence: `At 7 p.m. Anna called.` */
  readonly beforeHours: ReadonlySet<string>;
  /** Days, months and time zones. */
  readonly calendar: ReadonlySet<string>;
  /** Names that end in `!`. */
  readonly exclaimed: ReadonlySet<string>;
  /** Words that begin many sentences and few names, in lower case. */
  readonly starters: ReadonlySet<string>;
  /** Verbs that say who spoke the quotation before them. */
  readonly speech: ReadonlySet<string>;
  /** The same, of verbs that have other meanings too: `Anna laughed`, `He called`. */
  readonly sounds: ReadonlySet<string>;
  /** The same, of forms that follow `I` or a helping verb: `I would say`. */
  readonly sayings: ReadonlySet<string>;
  /** Those of the verbs that have a person as their object: `I asked Anna`. */
  readonly addressing: ReadonlySet<string>;
  /** What stands for words that were said, and so is the object of a verb of speech in place of a quotation. */
  readonly contents: ReadonlySet<string>;
  /** Words that are the subject of a clause: `I thought he was late`. */
  readonly subjects: ReadonlySet<string>;
  /** Words that a noun phrase begins with. */
  readonly determiners: ReadonlySet<string>;
  /** Whether `3.` is an ordinal before a month, or between one of `determiners` and a noun. */
  readonly ordinals: boolean;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/).filter((word) => word !== ''));

/** Any language without a list of its own: only the rules that need no list apply. */
const NO_LIST: SentenceLanguage = {
  leading: words(''),
  numbered: words(''),
  parts: words(''),
  steps: words(''),
  letters: words(''),
  units: words(''),
  trailing: words(''),
  learned: words(''),
  hours: words(''),
  beforeHours: words(''),
  calendar: words(''),
  exclaimed: words(''),
  starters: words(''),
  speech: words(''),
  sounds: words(''),
  sayings: words(''),
  addressing: words(''),
  contents: words(''),
  subjects: words(''),
  determiners: words(''),
  ordinals: false,
};

const ENGLISH: SentenceLanguage = {
  ...NO_LIST,
  leading: words(`
    Mr Mrs Ms Mx Messrs Mme Mlle Dr Drs Prof Profs Rev Fr Hon Pres Gov Lieut Sen Sens Rep Reps Amb Atty Supt Insp Det
    Gen Adm Cmdr Cdr Col Lt Capt Maj Sgt Cpl Pvt Brig Ste Mt
    mr mrs ms dr prof vs viz cf ca approx esp incl v e.g i.e`),
  numbered: words('No Nos no nos N° n° № p pp Eq Eqs Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec max min ret'),
  parts: words(`
    Fig Figs fig figs Art Arts Sec Secs Ch Chap Chaps ch chap Vol Vols vol vols Pt Pts Pl Ex Bk Op Par
    Sect Sects Tab Thm Prop Lem Def App Alg Cor Eqn Eqns Ref Refs`),
  steps: words('Step Rule Question Exercise Example Task Problem Lesson Tip Reason Lemma Theorem Point Item'),
  units: words('ft in lb lbs oz hr hrs min sec yd mi'),
  trailing: words(`
    Proc Natl Acad Sci Phys Chem Soc Biol Psychol Lett Bull Conf Symp Assoc Govt Intl Mfg
    Jr Sr Esq esq Inc Ltd Co Cos Corp Bros St Ft Ave Blvd Rd Dept Univ Assn Ph.D
    Ala Ariz Ark Cal Calif Colo Conn Del Fla Ga Ill Ind Ky Mass Md Mich Minn Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va
    Vt Wash Wis Wyo`),
  learned: words(
    'etc al ed eds Ed Eds est Est fl repr rev trans resp ibid cit suppl Suppl dept inc max avg temp Mon Tue Tues Wed Thu Thurs Fri Sat Sun',
  ),
  hours: words('a.m p.m A.M P.M'),
  beforeHours: words('at by around about until till before after from since'),
  calendar: words(`
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Tues Wed Thu Thurs Fri Sat Sun January February
    March April May June July August September October November December Eastern Central Mountain Pacific Greenwich
    EST EDT CST CDT MST MDT PST PDT GMT UTC ET CT MT PT`),
  exclaimed: words('Yahoo Jeopardy Yum Joomla'),
  starters: words(`
    a i an the this that these those there here it its he his him she her hers we our ours they their theirs you your my
    who whom whose what which when where why how if in on at as and but or so for yet not no nor yes well now then thus
    while after before since because although though however therefore moreover meanwhile today yesterday tomorrow once
    until unless during under over from by to with without about some any many most much more each every another other
    others both few several all such nobody nothing none everyone everybody everything someone somebody something also
    still only even just perhaps maybe again later is are was were am be been do does did has have had can could should
    would shall might must let thank thanks please mr mrs ms dr`),
  speech: words(`
    said says asked asks replied replies answered answers shouted shouts whispered whispers yelled yells exclaimed
    exclaims added adds demanded demands muttered mutters murmured murmurs told tells thought thinks wondered wonders
    wrote writes remarked observed declared announced repeated protested objected
    warned begged pleaded urged suggested explained inquired enquired mused retorted countered stammered mumbled
    interrupted interjected noted concluded boasted joked quipped teased conceded claimed responded`),
  sounds: words(`
    cried cries called calls screamed screams laughed sighed growled snapped began continued gasped groaned moaned
    hissed roared bellowed barked sobbed chuckled giggled wailed shrieked squealed thundered sang chanted croaked
    grumbled insisted insists agreed agrees admitted ordered commanded`),
  sayings: words('say ask shout cry reply answer yell whisper saying asking shouting crying yelling whispering'),
  addressing: words('asked asks ask told tells warned begged urged asking'),
  contents: words(`
    that nothing something anything everything so it this these those what how why whether if no yes goodbye hello`),
  subjects: words('he she they we you there'),
  determiners: words('a an the my our your his their'),
};

const GERMAN: SentenceLanguage = {
  ...NO_LIST,
  leading: words(`
    Dr Prof Hr Hrn Fr Frl Hl St Ing Dipl med phil jur rer nat dent vet bzw ca vgl ggf inkl exkl evtl sog geb gest gegr insb bspw etwa z.B d.h u.a i.d.R
    o.ä Abb Tel Bd Hrsg`),
  numbered: words('Nr Nrn S Jan Feb Apr Jun Jul Aug Sep Sept Okt Nov Dez'),
  parts: words('Art Abs Kap Bd Abb Tab Anm Ziff Rn Rz Anh Fn Taf'),
  steps: words('Schritt Regel Frage Aufgabe Beispiel Übung Punkt Tipp Lektion'),
  trailing: words('Str str Co Inc Jh'),
  learned: words('usw etc al ff Aufl Hrsg Jh Ed Eds'),
  calendar: words(`
    Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember Jahrhundert Jahrhunderts
    Jh`),
  starters: words(`
    der die das den dem des ein eine einer eines einem einen er sie es wir ihr ich du man wer was wie wo wann warum
    wenn als und aber oder so dann da dort hier in im am an auf mit nach vor bei von für aus zu zum zur um über unter
    nicht kein keine auch noch nur schon doch jetzt heute gestern morgen dies diese dieser dieses jener jede jeder
    alle viele einige manche niemand nichts jemand danach dann dabei daher deshalb trotzdem seitdem inzwischen später
    zuletzt seine sein mein meine unser unsere ihre damit dagegen leider vielleicht nachdem während bevor obwohl weil
    sobald damals bald wieder ja nein nun ihm ihn ihnen mir mich seit durch ohne gegen bis wegen trotz`),
  speech: words(
    'sagte sagt fragte fragt antwortete rief schrie flüsterte meinte erwiderte entgegnete wiederholte murmelte',
  ),
  contents: words('nichts etwas alles das es so was wie warum ob ja nein'),
  determiners: words(`
    der die das den dem des ein eine einer eines einem einen mein meine meiner meines meinem meinen dein deine deiner
    deines deinem deinen sein seine seiner seines seinem seinen ihr ihre ihrer ihres ihrem ihren unser unsere unserer
    unseres unserem unseren euer eure eurer eures eurem euren dieser diese dieses diesem diesen jeder jede jedes jedem
    jeden am im zum zur beim vom ins ans als kein keine keinem keinen`),
  ordinals: true,
};

const FRENCH: SentenceLanguage = {
  ...NO_LIST,
  leading: words('M MM Me Mgr Dr Pr St Ste cf ex env av apr c.-à-d p.ex'),
  numbered: words('p pp n no nos éd'),
  parts: words('art chap fig vol t'),
  steps: words('Étape Règle Question Exercice Exemple Tâche Leçon Conseil Point'),
  trailing: words('Cie Inc Ltée etc'),
  learned: words('al coll dir éd éds env'),
  starters: words(`
    le la les un une des l d c j il elle on nous vous ils elles je tu ce cet cette ces mon ma mes son sa ses notre votre
    leur leurs qui que quoi quand où comment pourquoi si mais et ou donc or ni car dans en à au aux de du avec sans pour
    par sur sous après avant puis alors ainsi aussi encore ici là tout tous toutes rien personne`),
  speech: words('dit disait demanda demandait répondit cria murmura répéta ajouta hurla'),
  contents: words('que rien quelque ce cela ça non oui adieu'),
  determiners: words('le la les l un une des mon ma mes son sa ses'),
};

const SPANISH: SentenceLanguage = {
  ...NO_LIST,
  leading: words(
    'Sr Sra Srta Sres Dr Dra Prof Profa D Dª Lic Ing Gral Cnel Cap Sto Sta Ud Uds Vd Vds Fr p.ej cf aprox',
  ),
  numbered: words('pág págs núm núms p pp n'),
  parts: words('art arts cap caps fig vol'),
  steps: words('Paso Regla Pregunta Ejercicio Ejemplo Tarea Lección Consejo Punto'),
  trailing: words(`
    etc Cía Av Avda S.A EE.UU FF.AA RR.HH CC.AA CC.OO JJ.OO EE UU FF AA RR HH CC OO JJ MM VV SS DD`),
  learned: words('al cols col ed eds Ed Eds coord'),
  starters: words(`
    el la los las lo un una unos unas yo tú él ella ello nosotros ellos ellas usted ustedes este esta esto estos estas
    ese esa eso aquel aquella su sus mi mis tu tus que qué quien quién cuando cuándo donde dónde cómo por porque para
    pero y o si sí no ni en de del con sin sobre desde hasta después antes luego entonces así también aquí allí ahora
    hoy ayer todo todos nadie nada`),
  speech: words('dijo dice preguntó gritó respondió contestó exclamó susurró murmuró añadió repitió'),
  contents: words('que nada algo eso esto lo no sí adiós'),
  determiners: words('el la los las un una mi su sus'),
};

/** Hindi, and Marathi and Nepali, which share its abbreviations. Initials are written as they sound: `एस. के. सिंह`. */
const HINDI: SentenceLanguage = {
  ...NO_LIST,
  leading: words(`
    डॉ डा डाॅ प्रो श्री सुश्री पं कु मो स्व ले कर्नल मे कै इंजी प्रा जि ता सं वि रु रू
    ए बी डी एफ एच जे एल एम एन ओ आर एस वी यू टी के`),
  letters: words(`
    ए बी सी डी ई एफ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू एक्स वाई जेड ज़ेड`),
  steps: words('चरण नियम प्रश्न अभ्यास उदाहरण'),
  trailing: words('लि कं'),
  speech: words('पूछा पूछी कहा बोला बोली बोले चिल्लाया चिल्लाई चिल्लाए पुकारा फुसफुसाया फुसफुसाई'),
};

const LANGUAGES: ReadonlyMap<string, SentenceLanguage> = new Map([
  ['en', ENGLISH],
  ['de', GERMAN],
  ['fr', FRENCH],
  ['es', SPANISH],
  ['hi', HINDI],
  ['mr', HINDI],
  ['ne', HINDI],
]);

/**
 * The lists for the language of a locale: `'de'` of `'de-AT'`. A language without lists gets empty ones.
 * @throws {InvalidArgumentError} when the locale is not a BCP 47 tag.
 */
export function sentenceLanguage(locale: unknown): SentenceLanguage {
  try {
    // To parse a tag takes longer than to split a short text.
    if (typeof locale === 'string')
      return LANGUAGES.get(locale) ?? LANGUAGES.get(new Intl.Locale(locale).language) ?? NO_LIST;
  } catch {
    // `Intl` tells neither which option it was nor what would have been right.
  }
  throw invalid('locale', "a BCP 47 language tag such as 'en' or 'de-AT'", locale);
}

/** Whether a list holds a word as it stands, or in another case if the word is in capitals: `MR` is `Mr`. */
export function holds(list: ReadonlySet<string>, word: string): boolean {
  return list.has(word) || (word === word.toUpperCase() && list.has(word.charAt(0) + word.slice(1).toLowerCase()));
}
