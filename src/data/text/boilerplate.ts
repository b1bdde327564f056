/**
 * What lines of navigation, advertisement and legal notice look like, in English and Chinese. Whole-line patterns are
 * anchored; phrases may stand anywhere in a short line. Every expression is bounded, so a line is read once.
 */

export const boilerplateGroups = [
  'navigation',
  'share',
  'login',
  'cookies',
  'javascript',
  'advertisement',
  'copyright',
  'credits',
  'counters',
] as const;
export type BoilerplateGroup = (typeof boilerplateGroups)[number];

/** By group: whole lines (without the ends), and phrases. Written in small letters; both match whatever the case. */
const PATTERNS: Readonly<
  Record<BoilerplateGroup, { readonly lines: readonly string[]; readonly phrases: readonly string[] }>
> = {
  navigation: {
    lines: [
      'home|menu|search|contact(?: us)?|about(?: us)?|sitemap|site map|next|previous|prev|back|top|skip|more|archives?|categories|tags?',
      '(?:skip|jump) to (?:main )?(?:content|navigation|search)',
      '(?:back|return|go) to (?:the )?(?:top|home(?: ?page)?|index|list|previous page)',
      '(?:read|learn|view|see|show|load) (?:more|all|full (?:story|article))(?: ?(?:»|›|→|\\.{3}|…))?',
      '(?:previous|next|older|newer|prev) (?:post|article|page|story|entry|posts|entries|chapter)s?(?: ?[:»›→].{0,80})?',
      '(?:related|recent|popular|latest|similar|trending) (?:posts?|articles?|stories|news|links|topics|products?):?',
      '(?:you are here|you may also like|you might also like|recommended for you|filed under|posted in|tagged(?: with)?|tags|categories) ?:.{0,100}',
      '(?:page )?\\d{1,4} (?:of|/) \\d{1,4}',
      '(?:home|首页|主页) ?(?:>|»|›|/).{0,100}',
      '(?:首页|主页|返回|返回首页|返回顶部|返回列表|回到顶部|网站地图|网站首页|联系我们|关于我们|加入收藏|设为首页|更多|更多>+|查看更多|阅读全文|展开全文|点击查看更多|下一页|上一页|末页|尾页|目录|搜索|导航)',
      '(?:上一篇|下一篇|前一篇|后一篇|上一主题|下一主题) ?[:：]?.{0,60}',
      '(?:上一章|下一章|上一页|下一页|上一条|下一条)(?: ?[:：].{0,60})?',
      '(?:相关文章|相关阅读|相关新闻|相关链接|相关推荐|推荐阅读|延伸阅读|热门文章|热门推荐|热点新闻|猜你喜欢|最新文章|为您推荐|精彩推荐|更多相关|友情链接|标签|关键词|分类)(?: ?[:：].{0,60})?',
      '(?:当前位置|您的位置|您现在的位置|所在位置|您当前的位置) ?[:：是].{0,80}',
      '(?:相關文章|相關新聞|延伸閱讀|推薦閱讀|回首頁|返回首頁|上一頁|下一頁|網站地圖|聯絡我們|關於我們|更多)',
    ],
    phrases: ['点击进入专题', '跳至正文', '跳转到内容'],
  },
  share: {
    lines: [
      '(?:share|tweet|pin(?: it)?|e-?mail|print|like|follow(?: us)?|subscribe|comment|reply|report|flag|save|bookmark|embed|repost)(?: this)?',
      '(?:share|tweet|pin|email|print|follow us|like us|find us)(?: this)?(?: (?:post|article|page|story|item))? ?(?:on|via|with|to|by|:) ?(?:facebook|twitter|x|pinterest|linkedin|whatsapp|e-?mail|reddit|instagram|telegram|tumblr|friends?|your friends).{0,60}',
      '(?:facebook|twitter|pinterest|linkedin|whatsapp|reddit|tumblr|instagram|youtube|google\\+|email|print)(?:[ ,|/·•]{1,3}(?:facebook|twitter|pinterest|linkedin|whatsapp|reddit|tumblr|instagram|youtube|google\\+|email|print)){0,10}',
      '(?:分享|分享到|转发|收藏|点赞|评论|打印|举报|复制链接|转发到|分享至|分享本文|我要评论|发表评论|我要分享|写评论|顶一下|踩一下|打赏|赞赏)(?: ?[:：].{0,40})?',
      '(?:分享到|分享至|转发到|转发至|推荐到).{0,40}',
      '(?:分享|轉發|收藏|留言|列印|檢舉|按讚|讚)(?:[:：].{0,40})?',
    ],
    phrases: [
      'click to share on',
      'follow us on',
      'like us on facebook',
      'subscribe to our newsletter',
      'sign up for our newsletter',
      'join our mailing list',
      '关注公众号',
      '关注微信公众号',
      '关注我们的公众号',
      '微信公众号：',
      '微信公众号:',
      '微信扫一扫',
      '扫描二维码',
      '扫码关注',
      '扫一扫关注',
      '长按二维码',
      '识别二维码',
      '官方微信',
      '官方微博',
      '分享到朋友圈',
      '點擊分享',
      '追蹤我們',
    ],
  },
  login: {
    lines: [
      '(?:log|sign)[ -]?(?:in|out|up|on)(?: or register| / (?:register|sign[ -]?up|join)| to (?:comment|reply|continue|your account))?',
      '(?:register|create (?:an|your) account|forgot (?:your )?password\\??|remember me|my account|lost password\\??)',
      '(?:username|password|e-?mail(?: address)?) ?[:*]{0,3}',
      '(?:leave a (?:reply|comment)|post a comment|add a comment|write a review|cancel reply|no comments(?: yet)?)',
      '(?:登录|登陆|注册|登录/注册|登录 ?[|/] ?注册|免费注册|立即注册|忘记密码\\??|找回密码|我的账户|退出登录|用户名 ?[:：]?|密码 ?[:：]?|验证码 ?[:：]?|自动登录|会员登录|游客)',
      '(?:登入|註冊|會員登入|忘記密碼)',
    ],
    phrases: [
      'you must be logged in to',
      'please log in to',
      'please sign in to',
      'your email address will not be published',
      'required fields are marked',
      '请先登录',
      '登录后才能',
      '登录后可',
      '登录后方可',
      '您需要登录后',
      '您还没有登录',
      '登录后查看',
      '請先登入',
    ],
  },
  cookies: {
    lines: [
      '(?:《?(?:用户协议|隐私政策|隐私条款|服务条款|使用条款|使用协议)》?[|/ 和与及、]{0,3}){1,4}',
      '(?:accept|reject|manage|allow)(?: all)? cookies|cookie (?:policy|settings|preferences|notice)|接受所有 ?cookie.{0,10}',
    ],
    phrases: [
      'uses cookies',
      'use cookies',
      'use of cookies',
      'cookie policy',
      'accept cookies',
      'terms of use',
      'terms of service',
      'privacy policy',
      '使用cookie',
      '使用 cookie',
      '隐私政策',
      '隐私条款',
      '用户协议',
      '隱私權政策',
      '服務條款',
    ],
  },
  javascript: {
    lines: [],
    phrases: [
      'enable javascript',
      'javascript is disabled',
      'javascript is required',
      'requires javascript',
      'javascript to be enabled',
      'turn on javascript',
      'your browser does not support',
      'upgrade your browser',
      'browser is out of date',
      '启用javascript',
      '启用 javascript',
      '开启javascript',
      '您的浏览器不支持',
      '您的浏览器版本过低',
      '浏览器版本过低',
      '瀏覽器不支援',
    ],
  },
  advertisement: {
    lines: [
      '(?:advertisements?|sponsored(?: content| links?| post)?|promoted|ads? by .{0,30}|continue reading below|story continues below(?: advertisement)?|article continues (?:below|after)(?: this)? ?(?:advertisement|ad)?)',
      '(?:广告|广告位|赞助商链接|推广|推广链接|【广告】|\\[广告\\]|（广告）|\\(广告\\)|廣告|贊助)',
    ],
    phrases: [
      'buy now and save',
      'add to cart',
      'free shipping on',
      'click here to download',
      'click here to buy',
      '点击购买',
      '立即购买',
      '加入购物车',
      '限时优惠',
      '优惠券领取',
      '点击下载',
      '立即下载',
      '下载app',
      '下载客户端',
      '免费咨询热线',
      '全国服务热线',
      '加微信',
      '广告合作',
      '商务合作',
      '招商热线',
      '代开发票',
      '立即購買',
      '加入購物車',
    ],
  },
  copyright: {
    lines: [
      '(?:copyright|©|\\(c\\)|版权所有|版權所有).{0,110}',
      '.{0,60}all rights reserved.{0,60}',
      '(?:powered|designed|developed|hosted|maintained) by .{1,60}',
      '.{0,40}(?:icp[备證证]|公网安备|网安备|icp备案号|增值电信业务经营许可证|网络文化经营许可证).{0,60}',
      '(?:版权声明|免责声明|特别声明|郑重声明|本站声明|转载声明|版權聲明|免責聲明) ?[:：]?.{0,120}',
    ],
    phrases: [
      '版权归原作者',
      '版权归作者所有',
      '未经授权不得转载',
      '未经许可不得转载',
      '未经允许不得转载',
      '转载请注明',
      '转载请联系',
      '如有侵权',
      '侵权请联系',
      '仅代表作者本人',
      '仅代表作者个人观点',
      '不代表本站立场',
      '不代表本网观点',
      '文章来源于网络',
      '图片来源网络',
      '图片来自网络',
      '禁止转载',
      '违法和不良信息举报',
      '未經授權',
      '轉載請註明',
    ],
  },
  credits: {
    lines: [
      '(?:posted|written|published|submitted|reviewed|edited|updated) (?:by|on|at) .{1,60}',
      '(?:by|author|source|photo|image|photo credit|image credit|via) ?: ?.{1,60}',
      '(?:last (?:updated|modified|edited)|date posted|published|posted|updated) ?(?:on)? ?:? ?.{1,40}',
      '[(（【[]?(?:责任编辑|责编|编辑|作者|来源|记者|通讯员|摄影|校对|审核|监制|值班编辑|文章来源|信息来源|稿源|文/图|图/文|原标题|发布时间|发布日期|发表时间|更新时间|浏览次数|阅读次数|点击次数|字体大小|字号) ?[:：].{0,60}',
      '[(（【[]?(?:責任編輯|編輯|作者|來源|記者|攝影|發布時間|更新時間) ?[:：].{0,60}',
      '(?:字体|字号) ?[:：]? ?[大中小 【】\\[\\]]{1,20}',
    ],
    phrases: [],
  },
  counters: {
    lines: [
      '\\d{1,3}(?:[,.]\\d{3}){0,3}(?:\\.\\d)?[kKmM]? (?:likes?|shares?|comments?|views?|followers?|replies|retweets|votes?|points?|upvotes?|subscribers?|reads?|downloads?|ratings?|reviews?)',
      '(?:likes?|shares?|comments?|views?|replies|downloads?) ?[:(] ?\\d{1,9}\\)?',
      '(?:阅读|浏览|点击|评论|回复|点赞|收藏|转发|人气|查看|下载|热度|访问)(?:量|数|次数)? ?[:：(（]? ?\\d{1,9}(?:\\.\\d)? ?(?:万|次|人|条)?[)）]?',
      '\\d{1,9}(?:\\.\\d)? ?(?:万|次)? ?(?:阅读|浏览|点击|评论|回复|点赞|收藏|转发|人已阅读|次浏览|次阅读|条评论|人评论|人参与|赞)',
    ],
    phrases: [],
  },
};

/** The group of a line, for the groups asked for and own phrases (`own`). */
export function matcherOf(
  groups: readonly BoilerplateGroup[],
  own: readonly string[],
): (line: string) => BoilerplateGroup | 'own' | undefined {
  const quoted = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const compiled = groups.map((group) => {
    const { lines, phrases } = PATTERNS[group];
    const parts = [...lines.map((line) => `^(?:${line})$`), ...phrases.map(quoted)];
    return [group, new RegExp(parts.join('|'), 'i')] as const;
  });
  // One look at most lines: which group it is is asked only of the few that match.
  const any = new RegExp([...compiled.map(([, { source }]) => source), ...own.map(quoted)].join('|') || '(?!)', 'i');
  return (line) => {
    const bare = line.trim().replace(/^[\s•·|>»*-]{1,5}|[\s•·|<«*-]{1,5}$/g, '');
    if (!any.test(bare)) return undefined;
    for (const [group, pattern] of compiled) if (pattern.test(bare)) return group;
    return 'own';
  };
}
