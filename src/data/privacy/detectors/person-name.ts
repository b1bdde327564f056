/**
 * Names of people, by heuristics and off unless asked for: names of novels and of public figures look like private ones.
 * Chinese: a surname (100 most frequent ones and compound ones) and one or two characters, behind 姓名, 我叫, 联系人 and the
 * like or before a title such as 先生. English: behind a title (Mr, Dr …), "my name is", "Name:", greetings and closings.
 */
import type { Detector } from '../detector.ts';

const SURNAMES =
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖温樊葛齐安庞颜倪施洪季柯俞章鲁柳鲍';
const COMPOUND = '欧阳|上官|司马|诸葛|司徒|东方|独孤|南宫|夏侯|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文';
const NAME_ZH = `(?:${COMPOUND}|[${SURNAMES}])`;
const CUE_ZH = new RegExp(
  `(?:姓名|名字(?:是|叫)?|我叫|他叫|她叫|名叫|联系人|收件人|收货人|寄件人|法定代表人|负责人|经办人|申请人|户主|户名|开户人|持卡人|患者|乘客|客户|学生|员工|致|原告|被告|证人|兹证明|联络人)(?:姓名)?(?:是|为|叫)?[:：]?\\s?(${NAME_ZH}[一-鿿]{1,2}?)(?=先生|女士|小姐|老师|同学|[^一-鿿]|$|[，。、；]|的|是|在|于|与|和|已|将|从|住|来自|报名|预约|下单|反映|（)`,
  'g',
);
const TITLE_ZH = new RegExp(
  `(?:(?<![一-鿿])|(?<=感谢|谢谢|请|由|和|与|向|对|找|问|是|给|让|跟|叫|的|为|见到?))(${NAME_ZH}[一-鿿]{1,2}?)(?:先生|女士|小姐|老师|教授|医生|大夫|同学|经理|律师|师傅|主任|阿姨|叔叔)`,
  'g',
);
const WORD = "[A-Z][a-zà-ÿ]+(?:['’-][A-Z][a-zà-ÿ]+)?";
const TITLE_EN = new RegExp(
  `\\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Rev)\\.? (${WORD}(?: [A-Z]\\.)?(?: ${WORD}){0,2})`,
  'g',
);
const CUE_EN = new RegExp(
  `(?:\\b[Mm]y name is|\\b[Ii] am called|\\b[Hh]is name is|\\b[Hh]er name is|\\b[Tt]his is|\\b[Ff]ull [Nn]ame:|\\bName:|\\bPatient:|\\bCustomer:|\\bEmployee:|\\bContact:|\\bDear|\\bHi|\\bHello|\\bRegards,|\\bSincerely,|\\bBest,|\\bCheers,|\\bThanks,|\\b[Aa]ddress:)\\s(${WORD}(?: [A-Z]\\.)?(?: ${WORD}){0,2})`,
  'g',
);
/** A role, then first and last name. */
const ROLE_EN = new RegExp(
  `\\b(?:[Cc]ustomer|[Pp]atient|[Ee]mployee|[Aa]pplicant|[Tt]enant|[Pp]assenger|[Cc]ardholder|[Mm]aintainer|[Cc]ontact|[Ll]abel|[Aa]uthor):?\\s(${WORD}(?: [A-Z]\\.)? ${WORD})`,
  'g',
);
const NO_NAME =
  /^(?:The|This|That|There|All|Everyone|Everybody|Team|Sir|Madam|Customer|Colleague|Friend|Friends|Professor|Doctor|Editor|Reader|World|Members|Students|Parents|Hiring|Not|It|What|Why|How|Just|Our|My|Your|God|Lord|English|American|Chinese)\b/;

export const personName: Detector = {
  type: 'person-name',
  find({ text }, found) {
    for (const pattern of [CUE_ZH, TITLE_ZH]) {
      for (const match of text.matchAll(pattern)) {
        const start = match.index + match[0].indexOf(match[1]!, pattern === CUE_ZH ? 1 : 0);
        found(start, start + match[1]!.length);
      }
    }
    for (const pattern of [TITLE_EN, CUE_EN, ROLE_EN]) {
      for (const match of text.matchAll(pattern)) {
        if (NO_NAME.test(match[1]!)) continue;
        const end = match.index + match[0].length;
        found(end - match[1]!.length, end);
      }
    }
  },
};
