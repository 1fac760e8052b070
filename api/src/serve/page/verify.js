// The public page: sends a file or a printed code to the service and shows the verdict in plain words.
//
// It judges nothing itself and keeps nothing: no cookie, no storage. What comes from outside is written
// as text, never as markup. Order: questions, the verdict, its details, language, texts, start.

'use strict';

const FILE_BYTES = 32 * 1024 * 1024; // the service takes no more
const HEAD_BYTES = 1024; // readers look for %PDF- this far

const at = (id) => document.getElementById(id);

// What is on the screen, kept to be written anew in the other language.
let shown = null;
// The call under way; a newer question takes its place.
let running = null;

// ---- Questions ----

async function askFile(files) {
  if (files.length === 0) return;
  forgetAddress();
  const [file] = files;
  const subject = () => files.length > 1 ? '' : `${say('file')} ${file.name} (${size(file.size)})`;
  const problem = files.length > 1 ? PROBLEMS.several : await faultOf(file);
  if (problem) {
    stop();
    show({ subject, problem });
  } else {
    await ask(subject, '/v1/public/files', 'application/pdf', file);
  }
}

// What can be said without sending the file. Whether a PDF is well-formed is for the service to say.
async function faultOf(file) {
  if (file.size > FILE_BYTES) return PROBLEMS.tooLarge;
  try {
    const head = await file.slice(0, HEAD_BYTES).text();
    if (file.size === 0) return PROBLEMS.empty;
    return head.includes('%PDF-') ? null : PROBLEMS.notPdf;
  } catch {
    return PROBLEMS.unreadable; // a folder, or a file that is gone or locked
  }
}

async function askCode(code) {
  const groups = code.match(/.{4}/g).join(' ');
  const body = JSON.stringify({ code });
  await ask(() => `${say('code')} ${groups}`, '/v1/public/codes', 'application/json', body);
}

// 16 characters of Crockford's base32 as people type or paste them; null for anything else.
function readCode(typed) {
  const characters = typed.split('#').pop().normalize('NFKC').toUpperCase();
  const code = characters.replace(/[\s\p{Pd}]/gu, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(code) ? code : null;
}

// A QR code opens /v#CODE; what follows # is not sent with the address, so it stands in no log.
function askAddress() {
  const fragment = location.hash.slice(1);
  if (!fragment) return;
  const code = readCode(fragment.replaceAll('%20', ' '));
  if (code) {
    askCode(code);
  } else {
    stop();
    show({ subject: () => '', problem: PROBLEMS.badAddress });
  }
}

// Once something else is asked, loading the page again must not bring the old code back.
function forgetAddress() {
  if (location.hash) history.replaceState(null, '', location.pathname + location.search);
}

function askTyped(event) {
  event.preventDefault();
  const code = readCode(at('code').value);
  at('code-error').hidden = code !== null;
  at('code').setAttribute('aria-invalid', code === null);
  if (code) {
    forgetAddress();
    askCode(code);
  } else {
    at('code').focus();
  }
}

async function ask(subject, path, type, body) {
  stop();
  const call = new XMLHttpRequest(); // fetch does not tell how far an upload is
  running = call;
  busy(body instanceof Blob ? 'sending' : 'checking');
  scrollTo({ top: 0 });
  await sent(call, path, type, body);
  if (running !== call) return;
  running = null;
  at('busy').hidden = true;
  const answer = call.response;
  if (call.status === 200 && answer?.zh?.length === 3 && answer.en?.length === 3 && answer.verdict?.outcome) {
    show({ subject, answer });
  } else {
    show({ subject, problem: problemOf(call) });
  }
}

function sent(call, path, type, body) {
  call.open('POST', path);
  call.setRequestHeader('content-type', type);
  call.responseType = 'json';
  call.upload.onprogress = ({ loaded, total }) => { if (running === call) at('progress').value = loaded / total; };
  call.upload.onload = () => { if (running === call) busy('checking'); };
  return new Promise((done) => {
    call.onloadend = done; // also after an error; then the status is 0
    call.send(body);
  });
}

function stop() {
  const call = running;
  running = null;
  call?.abort();
  at('busy').hidden = true;
}

function busy(phase) {
  shown = null;
  at('result').hidden = true;
  at('busy').hidden = false;
  at('progress').removeAttribute('value');
  at('busy-words').dataset.text = phase;
  at('busy-words').textContent = at('said').textContent = say(phase);
}

function problemOf(call) {
  const { status, response } = call;
  if (status === 0) return navigator.onLine ? PROBLEMS.unreachable : PROBLEMS.offline;
  if (status === 413) return PROBLEMS.tooLarge;
  if (status === 429) return PROBLEMS.tooMany;
  if (status >= 500) return PROBLEMS.unavailable;
  // Any other problem says itself what it is, in both languages (RFC 9457).
  const [first] = response?.errors ?? [];
  const zh = first?.zh ?? response?.detail_zh;
  const en = first?.en ?? response?.detail;
  if (!zh || !en) return PROBLEMS.unexpected;
  const { zh: [zhHappened, , zhToDo], en: [enHappened, , enToDo] } = PROBLEMS.refused;
  return { zh: [zhHappened, zh, zhToDo], en: [enHappened, en, enToDo] };
}

// ---- The verdict ----

// { subject, answer } or { subject, problem }; subject gives what was asked about, in words.
function show(what) {
  shown = what;
  write(what);
  at('result').hidden = false;
  scrollTo({ top: 0 });
  at('result').focus({ preventScroll: true });
}

function write({ subject, answer, problem }) {
  const verdict = answer?.verdict;
  const [happened, why, toDo] = (answer ?? problem)[language];
  const tone = verdict ? toneOf(verdict) : 'unknown';
  at('result').className = `card ${tone}`;
  at('sign').setAttribute('href', `#sign-${tone}`);
  at('subject').textContent = subject();
  at('subject').hidden = !subject();
  at('tone').textContent = say(verdict ? `${tone}On${verdict.basis === 'file' ? 'File' : 'Record'}` : 'notChecked');
  at('headline').textContent = happened;
  at('sentences').replaceChildren(...terms([['why', why], ['toDo', toDo]]));
  at('said').textContent = [at('tone').textContent, happened, why, toDo].join(' ');

  const recordOnly = verdict?.basis === 'record';
  at('no-file').hidden = at('then-file').hidden = !recordOnly;
  at('no-file-why').textContent = say(verdict?.outcome.startsWith('authentic') ? 'noFileWhy' : 'checkCode');
  at('details').hidden = !verdict;
  at('facts').replaceChildren(...(verdict ? facts(verdict, answer.holders) : []));
}

// Green is for what may be used as it stands; whatever this page does not know is never green.
function toneOf(verdict) {
  const tone = TONES[verdict.outcome] ?? 'unknown';
  return tone === 'good' && verdict.disputed ? 'reserved' : tone;
}

const TONES = {
  authentic_valid: 'good',
  authentic_not_yet_valid: 'reserved',
  authentic_suspended: 'reserved',
  authentic_expired: 'reserved',
  authentic_superseded: 'reserved',
  copy_expired: 'reserved',
  authentic_cancelled: 'bad',
  authentic_revoked: 'bad',
  authentic_withdrawn: 'bad',
  authentic_unentitled: 'bad',
  copy_revoked: 'bad',
  not_authentic: 'bad',
  unknown: 'unknown',
  mismatch: 'unknown',
  could_not_check: 'unknown',
};

// ---- Its details ----

function facts(verdict, holders) {
  return [
    group('ofHolder', ofHolder(holders)),
    group('ofState', ofState(verdict)),
    group('ofAgency', ofAgency(verdict.authority)),
    group('ofCopy', ofCopy(verdict.copy)),
    group('ofSeal', ofSeal(verdict.seal)),
    ofFindings(verdict.findings ?? []),
    group('ofAnswer', ofAnswer(verdict)),
  ].filter(Boolean);
}

// Each gives rows: a line of the table of texts, the value, and its code for specialists.

// Masked by the service: a last letter, to be compared with the paper in hand.
function ofHolder(holders) {
  return [['maskedName', holders?.join('、')], ['compare', holders?.length && say('compareHolder')]];
}

function ofState({ status, disputed }) {
  const { state, since, until, about } = status ?? {};
  return [
    ['state', named('state', state) ?? state],
    ['concerns', about === 'file' && say('fileAlone')],
    ['since', day(since)],
    ['until', lastDay(until)],
    ['dispute', disputed && say('disputed')],
  ];
}

function ofAgency(authority) {
  const { agency, entitlement } = authority ?? {};
  return [['agency', agency], ['entitlement', named('entitlement', entitlement) ?? entitlement]];
}

function ofCopy(copy) {
  const { purpose, receiver, until, revoked_at } = copy ?? {};
  return [['purpose', purpose], ['receiver', receiver], ['copyUntil', until], ['revokedAt', instant(revoked_at)]];
}

function ofSeal(seal) {
  if (seal === 'not_run') return [['sealResult', say('sealNotRun'), seal]];
  const { indication, sub_indication, level, claimed_time, proven_time, signer, poe } = seal ?? {};
  const codes = [indication, sub_indication].filter(Boolean).join(' / ');
  return [
    ['sealResult', named('indication', indication ?? 'none'), codes],
    ['level', named('level', level), level && level !== 'none' && `PAdES ${level}`],
    ['claimedTime', instant(claimed_time)],
    ['provenTime', instant(proven_time)],
    ['existed', poe && say('poeRecord')],
    ['signer', signer?.subject],
    ['issuer', signer?.issuer],
    ['serial', '', signer?.serial],
    ['sha256', '', signer?.sha256],
  ];
}

// Findings speak English alone: they are for specialists, the three sentences are for everybody.
function ofFindings(findings) {
  if (findings.length === 0) return null;
  const rows = findings.map(({ code, severity, sub_indication, seen, clause }) => [
    element('dt', { textContent: named('severity', severity) ?? severity }),
    element('dd', {}, element('span', { lang: 'en', textContent: seen }), raw([code, sub_indication, clause])),
  ]);
  return section('ofFindings', rows.flat());
}

function ofAnswer({ outcome, code36906, freshness }) {
  const { as_of, source, stale_at_most } = freshness ?? {};
  const { information, file } = code36906 ?? {};
  const lag = stale_at_most > 0 ? say('lag').replace('{}', stale_at_most) : say('noLag');
  return [
    ['asOf', instant(as_of)],
    ['source', named('source', source) ?? source],
    ['lagging', source && lag],
    ['outcome', '', [outcome, `GB/T 36906: ${[information, file].filter((code) => code !== undefined).join(' / ')}`]],
  ];
}

function group(title, rows) {
  const content = terms(rows);
  return content.length > 0 ? section(title, content) : null;
}

function section(title, content) {
  return element('section', {}, element('h3', { textContent: say(title) }), element('dl', {}, ...content));
}

// Rows without a value are left out.
function terms(rows) {
  const filled = rows.filter(([, text, code]) => text || code?.length);
  return filled.flatMap(([label, text, code]) => [
    element('dt', { textContent: say(label) }),
    element('dd', {}, text || '', raw([code].flat())),
  ]);
}

function raw(codes) {
  const given = codes.filter(Boolean).join(' · ');
  return given ? element('div', { className: 'raw', textContent: given }) : '';
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// ---- Times: the certificates' days are days in Beijing ----

function written(time, timeStyle) {
  const how = { timeZone: 'Asia/Shanghai', dateStyle: 'long', timeStyle };
  return new Intl.DateTimeFormat(locale(), how).format(time);
}

// RFC 3339; not every browser reads more than milliseconds.
function moment(text) {
  return text ? new Date(text.replace(/(\.\d{3})\d+/, '$1')) : null;
}

function instant(text) {
  return text && say('beijing').replace('{}', written(moment(text), 'medium'));
}

function isMidnight(time) {
  return (time.getTime() / 1000 + 8 * 3600) % (24 * 3600) === 0;
}

function day(text) {
  return text && isMidnight(moment(text)) ? written(moment(text)) : instant(text);
}

// What ends at 24:00 of a day ends with that day.
function lastDay(text) {
  if (!text || !isMidnight(moment(text))) return instant(text);
  return say('inclusive').replace('{}', written(new Date(moment(text).getTime() - 1)));
}

function size(bytes) {
  const steps = [[1024 * 1024, 'megabyte'], [1024, 'kilobyte'], [1, 'byte']];
  const [step, unit] = steps.find(([step]) => bytes >= step) ?? [1, 'byte'];
  const how = { style: 'unit', unit, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale(), how).format(bytes / step);
}

// ---- Language ----

// By the address, else by the browser; the choice is kept in the address and nowhere else.
let language = new URLSearchParams(location.search).get('lang');
if (language !== 'zh' && language !== 'en') language = /^zh\b/i.test(navigator.language) ? 'zh' : 'en';

function locale() {
  return language === 'zh' ? 'zh-CN' : 'en';
}

function say(line) {
  return TEXTS[line][language === 'zh' ? 0 : 1];
}

// The words for a value of the API; undefined for one that is newer than this page.
function named(kind, value) {
  return TEXTS[`${kind}.${value}`] && say(`${kind}.${value}`);
}

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = locale();
  document.title = say('title');
  for (const place of document.querySelectorAll('[data-text]')) place.textContent = say(place.dataset.text);
  const other = language === 'zh' ? 'en' : 'zh';
  Object.assign(at('language'), { textContent: say('other'), lang: other, onclick: () => choose(other) });
  if (shown) write(shown);
}

function choose(chosen) {
  const address = new URL(location.href);
  address.searchParams.set('lang', chosen);
  history.replaceState(null, '', address);
  speak(chosen);
}

// ---- Texts ----

// In the shape of an answer: what happened, why, what to do.
const PROBLEMS = {
  tooLarge: {
    zh: ['文件太大，未核验。', '本服务核验的文件最大为 32 MB。', '请确认所选的是证照原件；也可以输入二维码下方的核验码查询登记状态。'],
    en: ['The file is too large and was not checked.', 'This service checks files of up to 32 MB.', 'Make sure that you chose the certificate itself, or look up the code printed under its QR code.'],
  },
  empty: {
    zh: ['文件是空的，未核验。', '所选的文件没有内容，可能没有下载完。', '请重新下载或重新索取证照文件后再试。'],
    en: ['The file is empty and was not checked.', 'It holds nothing; perhaps its download was cut off.', 'Download it again or ask for it again, then try once more.'],
  },
  notPdf: {
    zh: ['这不是 PDF 文件，未核验。', '照片、截图、扫描件和其他格式不带数字签章，无法核验。', '请选择证照的 PDF 原件；没有原件时，可以输入二维码下方的核验码查询登记状态。'],
    en: ['This is no PDF file and was not checked.', 'Photos, screenshots, scans and other formats bear no digital seal, so there is nothing to check.', 'Choose the PDF that was issued. Without it, look up the code printed under the QR code.'],
  },
  several: {
    zh: ['一次只能核验一个文件。', '您同时选择了多个文件。', '请逐个核验。'],
    en: ['One file at a time, please.', 'Several files were dropped at once.', 'Check them one after the other.'],
  },
  unreadable: {
    zh: ['无法读取该文件，未核验。', '它可能是文件夹，或已被移动、删除，或正被其他程序占用。', '请关闭打开它的程序，重新选择文件。'],
    en: ['The file cannot be read and was not checked.', 'It may be a folder, or was moved or deleted, or another program holds it.', 'Close that program and choose the file again.'],
  },
  badAddress: {
    zh: ['地址中的核验码不完整，未查询。', '核验码应为 16 位字母和数字。', '请重新扫描二维码，或在下方输入二维码下方印的核验码。'],
    en: ['The address holds no complete code; nothing was looked up.', 'A code has 16 letters and digits.', 'Scan the QR code again, or type the code that is printed under it.'],
  },
  offline: {
    zh: ['没有网络，未核验。', '您的设备目前没有连接网络。', '请连接网络后再试一次。'],
    en: ['You are offline; nothing was checked.', 'Your device has no network connection at the moment.', 'Connect and try again.'],
  },
  unreachable: {
    zh: ['连接中断，未核验。', '暂时无法连接到核验服务，或文件没有传完。', '请检查网络后再试一次；仍不行请稍后再来。'],
    en: ['The connection failed; nothing was checked.', 'The service could not be reached, or the file did not arrive whole.', 'Check your network and try again; if it still fails, come back later.'],
  },
  tooMany: {
    zh: ['目前查询太多，未核验。', '服务限制了短时间内的查询次数。', '请等一分钟后再试。'],
    en: ['There are too many questions at the moment; nothing was checked.', 'The service limits how many it answers in a short time.', 'Wait a minute and try again.'],
  },
  unavailable: {
    zh: ['服务暂时不可用，未核验。', '问题出在服务一方，与您的文件无关。', '请几分钟后再试；仍不行请联系认证中心。'],
    en: ['The service is not available; nothing was checked.', 'The fault lies with the service, not with your file.', 'Try again in a few minutes; if it still fails, ask the certification centre.'],
  },
  refused: {
    zh: ['服务没有受理，未核验。', '', '请按上述说明改正后再试；仍不行请联系认证中心。'],
    en: ['The service did not take the question; nothing was checked.', '', 'Put that right and try again; if it still fails, ask the certification centre.'],
  },
  unexpected: {
    zh: ['服务的答复无法识别，未核验。', '答复不是核验结果，可能被网络中的其他设备替换。', '请换一个网络或稍后再试；仍不行请联系认证中心。'],
    en: ['The answer could not be understood; nothing was checked.', 'It is no verdict; something on the network may have replaced it.', 'Try another network or try later; if it still fails, ask the certification centre.'],
  },
};

// Chinese, English.
const TEXTS = {
  title: ['电子证照核验', 'Verify a certificate'],
  other: ['English', '中文'],

  fileTitle: ['核验证照文件', 'Check a file'],
  fileIntro: ['核验 PDF 证照的签章、登记状态和颁发机构权限。', 'Checks the seal of a PDF certificate, its state on record and the authority of its agency.'],
  drop: ['把 PDF 文件拖到这里，或', 'Drop the PDF here, or'],
  choose: ['选择文件', 'Choose a file'],
  fileHint: ['PDF，最大 32 MB。文件会发送到本服务核验，核验后不留存。', 'PDF, up to 32 MB. The file is sent to this service, checked, and not kept.'],
  codeTitle: ['查询核验码', 'Look up a code'],
  codeIntro: ['没有文件时，可查询登记状态。', 'Without a file, you can ask for the state on record.'],
  codeLabel: ['二维码下方的核验码', 'Code under the QR code'],
  codeAsk: ['查询', 'Look up'],
  codeHint: ['16 位字母和数字，空格和连字符可有可无，不分大小写。', '16 letters and digits; spaces, hyphens and case do not matter.'],
  codeWrong: ['核验码应为 16 位字母和数字（不含字母 U），请对照二维码下方核对。', 'A code has 16 letters and digits, and never a U. Compare it with what is printed under the QR code.'],
  aboutTitle: ['核验什么', 'What is checked'],
  aboutSeal: ['签章：文件由认证中心签章，此后没有改动。', 'The seal: the certification centre sealed the file, and nothing was changed since.'],
  aboutState: ['状态：证照登记在案，现在有效、暂停还是已终止。', 'The state: it is on record, and is valid, suspended or ended as of now.'],
  aboutAgency: ['机构：颁发机构在颁发当日有权颁发此类证照。', 'The agency: it had the right to issue such a certificate on the day of issue.'],
  privacy: ['本页面不使用 Cookie，也不保存您的文件或个人信息；服务只记录何时核验、结果如何。', 'This page uses no cookies and keeps neither your file nor anything about you; the service records only when something was checked and with what result.'],
  forPrograms: ['供核验软件使用：', 'For other software:'],
  anchors: ['信任锚', 'anchors'],
  policy: ['核验策略', 'policy'],
  crls: ['吊销列表', 'CRLs'],
  interface: ['接口说明', 'API'],

  sending: ['正在发送文件……', 'Sending the file…'],
  checking: ['正在核验……', 'Checking…'],
  stop: ['取消', 'Cancel'],

  file: ['文件', 'File'],
  code: ['核验码', 'Code'],
  goodOnFile: ['核验通过', 'Passed'],
  goodOnRecord: ['仅登记状态：有效', 'On record only: valid'],
  reservedOnFile: ['真实，但有保留', 'Genuine, with reservation'],
  reservedOnRecord: ['仅登记状态：有保留', 'On record only: with reservation'],
  badOnFile: ['不可采信', 'Do not rely on it'],
  badOnRecord: ['仅登记状态：不可采信', 'On record only: do not rely on it'],
  unknownOnFile: ['未能得出结论', 'No conclusion'],
  unknownOnRecord: ['未能得出结论', 'No conclusion'],
  notChecked: ['未能核验', 'Not checked'],
  noFile: ['没有核验任何文件。', 'No file was checked.'],
  noFileWhy: ['这里只是登记中的状态，不能证明您手中的纸面或文件就是登记的那一份。要核验文件，请选择证照的 PDF 原件。', 'This is only the state on record. It does not prove that the paper or file you hold is the one on record. To check the file, choose the PDF that was issued.'],
  checkCode: ['请先对照二维码下方核对核验码。手中有 PDF 原件时，请直接核验文件。', 'First compare the code with what is printed under the QR code. If you have the PDF that was issued, check the file.'],
  thenFile: ['选择 PDF 文件核验', 'Choose the PDF and check it'],
  why: ['原因', 'Why'],
  toDo: ['怎么办', 'What to do'],
  details: ['详细信息', 'Details'],
  printed: ['打印件不是证明；请以在线核验为准。', 'This printout proves nothing; check again online.'],

  ofHolder: ['持证主体', 'Holder'],
  maskedName: ['姓名或名称（已隐去）', 'Name, masked'],
  compare: ['核对', 'Compare'],
  compareHolder: ['只显示最后一个字，请与手中的证照对照。', 'Only its last letter is shown; compare it with the certificate in hand.'],

  ofState: ['登记状态', 'State on record'],
  state: ['状态', 'State'],
  concerns: ['所涉', 'Concerns'],
  fileAlone: ['仅这份电子文件有误；许可并未因此改变。', 'The electronic file alone is at fault; the licence has not changed by it.'],
  since: ['自', 'Since'],
  until: ['至', 'Until'],
  inclusive: ['{}（含当日）', '{} (inclusive)'],
  beijing: ['{}（北京时间）', '{} (Beijing time)'],
  dispute: ['异议', 'Dispute'],
  disputed: ['登记信息存在异议，尚未有明确结论。', 'The record is or was in dispute without a clear end.'],
  'state.valid': ['有效', 'valid'],
  'state.not_yet_valid': ['尚未生效', 'not valid yet'],
  'state.suspended': ['已暂停使用', 'suspended'],
  'state.expired': ['已过有效期', 'expired'],
  'state.superseded': ['已被新版本取代', 'superseded by a later version'],
  'state.cancelled': ['已注销', 'cancelled'],
  'state.revoked': ['已吊销', 'revoked'],
  'state.withdrawn': ['颁发已被撤销', 'its issue was withdrawn'],

  ofAgency: ['颁发机构', 'Issuing agency'],
  agency: ['名称', 'Name'],
  entitlement: ['颁发权限', 'Authority'],
  'entitlement.entitled': ['颁发当日有权颁发此类证照', 'had the right to issue this type on the day of issue'],
  'entitlement.not_entitled': ['颁发当日无权颁发此类证照', 'had no right to issue this type on the day of issue'],
  'entitlement.not_run': ['未核对（由原有系统导入）', 'not examined (imported from an earlier system)'],

  ofCopy: ['加注件', 'Annotated copy'],
  purpose: ['用途', 'Made for'],
  receiver: ['接收方', 'Receiver'],
  copyUntil: ['使用期限（含当日）', 'Last day'],
  revokedAt: ['收回时间', 'Revoked at'],

  ofSeal: ['签章', 'Seal'],
  sealResult: ['结果', 'Result'],
  sealNotRun: ['未核验：没有提交文件', 'not examined: no file was given'],
  'indication.TOTAL-PASSED': ['签章完好', 'the seal holds'],
  'indication.INDETERMINATE': ['不能确定', 'not determined'],
  'indication.TOTAL-FAILED': ['签章不成立', 'the seal does not hold'],
  'indication.none': ['没有数字签章', 'no digital seal'],
  level: ['级别', 'Level'],
  'level.B-B': ['基本签名', 'basic signature'],
  'level.B-T': ['带可信时间戳', 'with a trusted time-stamp'],
  'level.none': ['不是 PAdES 基线签名', 'no PAdES baseline signature'],
  claimedTime: ['声称的签章时间', 'Claimed time'],
  provenTime: ['时间戳证明的时间', 'Time proven by time-stamp'],
  existed: ['存在证明', 'Proof of existence'],
  poeRecord: ['登记证明文件当时已存在', 'the record proves that the file existed in time'],
  signer: ['签章者（X.509）', 'Signer (X.509)'],
  issuer: ['签发 CA', 'Issued by'],
  serial: ['序列号', 'Serial number'],
  sha256: ['SHA-256 指纹', 'SHA-256'],

  ofFindings: ['核验发现（供专业人员）', 'Findings, for specialists'],
  'severity.failed': ['不通过', 'failed'],
  'severity.indeterminate': ['不能确定', 'not determined'],
  'severity.not_run': ['未能检查', 'could not run'],
  'severity.warning': ['注意', 'warning'],
  'severity.info': ['说明', 'note'],

  ofAnswer: ['本次答复', 'This answer'],
  asOf: ['核验时间', 'As of'],
  source: ['数据来源', 'Source'],
  'source.registry': ['登记系统', 'the registry'],
  lagging: ['数据时效', 'Freshness'],
  noLag: ['即时', 'current'],
  lag: ['最多滞后 {} 秒', 'at most {} seconds behind'],
  outcome: ['结果代码', 'Codes'],
};

// ---- Start ----

function takeDropped(event) {
  if (!event.dataTransfer.types.includes('Files')) return; // text may be dragged into the form
  event.preventDefault(); // else the browser would open the file in place of the page
  document.body.classList.toggle('dropping', event.type === 'dragover');
  if (event.type === 'drop') askFile([...event.dataTransfer.files]);
}

for (const kind of ['dragover', 'dragleave', 'drop']) document.addEventListener(kind, takeDropped);
at('file').addEventListener('change', ({ target }) => {
  const files = [...target.files];
  target.value = ''; // so that the same file can be chosen again
  askFile(files);
});
at('then-file').addEventListener('click', () => at('file').click());
at('code-form').addEventListener('submit', askTyped);
at('stop').addEventListener('click', () => { stop(); at('file').focus(); });
addEventListener('hashchange', askAddress);
addEventListener('beforeprint', () => { at('details').open = true; });

speak(language);
askAddress();
