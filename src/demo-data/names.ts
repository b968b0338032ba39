import type { Random } from './random.js';

/** Names of a language, each with its form in an e-mail address. */
interface Names {
  given: [name: string, latin: string][];
  family: [name: string, latin: string][];
  /** Family name first, without a space. */
  together?: true;
}

/** Reads `Zoë=zoe Ada`. Without `=`, the form for an address is the name in lower case. */
function listed(text: string): [string, string][] {
  return text.split(' ').map((entry) => {
    const [name = '', latin = name.toLowerCase()] = entry.split('=');
    return [name.replace(/_/g, ' '), latin];
  });
}

const names = (given: string, family: string): Names => ({ given: listed(given), family: listed(family) });
const together = (given: string, family: string): Names => ({ ...names(given, family), together: true });

const LANGUAGES: Names[] = [
  names('Ada Grace Oliver Niamh=niamh Rhys Isla George', 'Okafor Whitfield Murphy Hughes Campbell Marsh'),
  names('Jürgen=juergen Käthe=kaethe Jonas Mareike Björn=bjoern', 'Müller=mueller Weiß=weiss Schäfer=schaefer Vogt'),
  names('Zoë=zoe Chloé=chloe François=francois Inès=ines', 'Lefèvre=lefevre Bérubé=berube Moreau Garçon=garcon'),
  names('José=jose Lucía=lucia Íñigo=inigo Begoña=begona', 'Núñez=nunez García=garcia Ibáñez=ibanez Peña=pena'),
  names('Łukasz=lukasz Małgorzata=malgorzata Zofia', 'Wójcik=wojcik Dąbrowska=dabrowska Żak=zak'),
  names('Ayşe=ayse Çağla=cagla İpek=ipek Emre', 'Yılmaz=yilmaz Öztürk=ozturk Şahin=sahin'),
  names('Thảo=thao Đức=duc Hương=huong', 'Nguyễn=nguyen Trần=tran Phạm=pham'),
  names('Ngozi Chidi Ọlá=ola Amara', 'Adébáyò=adebayo Eze Ọ̀ṣọ́=oso'),
  names('Sigríður=sigridur Þór=thor Åsa=asa Søren=soren', 'Jónsdóttir=jonsdottir Ødegård=odegard Lindström=lindstrom'),
  names('Олена=olena Тарас=taras Марія=mariia', 'Шевченко=shevchenko Бондар=bondar Ткачук=tkachuk'),
  names('Ελένη=eleni Νίκος=nikos', 'Παπαδοπούλου=papadopoulou Γεωργίου=georgiou'),
  names('ليلى=layla يوسف=yusuf مريم=maryam', 'حداد=haddad العلي=alali منصور=mansour'),
  names('נועה=noa איתן=eitan', 'לוי=levi כהן=cohen פרץ=peretz'),
  names('प्रिया=priya आरव=aarav', 'शर्मा=sharma पटेल=patel'),
  together('陽菜=hina 蓮=ren さくら=sakura', '佐藤=sato 高橋=takahashi 渡辺=watanabe'),
  together('小雨=xiaoyu 伟=wei 静=jing', '王=wang 李=li 陈=chen'),
  together('서연=seoyeon 민준=minjun', '김=kim 박=park 이=lee'),
];

/** Emoji that some people put after their names. */
const FLOURISHES = ['🍵', '🌿', '👩🏽‍🍳'];

const DOMAINS = ['example.com', 'example.com', 'example.org', 'example.net'];

export interface Named {
  name: string;
  email: string;
}

/** @param number of the person, which makes the address unique */
export function nameOf(number: number, random: Random): Named {
  const { given, family, together: isTogether } = random.pick(LANGUAGES);
  const [first, latinFirst] = random.pick(given);
  const [last, latinLast] = random.pick(family);
  const name = isTogether ? last + first : `${first} ${last}`;
  return {
    name: random.chance(0.02) ? `${name} ${random.pick(FLOURISHES)}` : name,
    email: `${latinFirst}.${latinLast}${number}@${random.pick(DOMAINS)}`,
  };
}
