/** Every `err_code` the emulator gives of itself, with its description. Source: WeChat Pay APIv2, error codes of each call. */
const DESCRIPTIONS: ReadonlyMap<string, string> = new Map([
  ['SYSTEMERROR', '接口返回错误'],
  ['BANKERROR', '银行系统异常'],
  ['USERPAYING', '需要用户输入支付密码'],
  ['AUTHCODEEXPIRE', '二维码已过期,请用户在微信上刷新后再试'],
  ['AUTH_CODE_ERROR', '每个二维码仅限使用一次,请刷新再试'],
  ['AUTH_CODE_INVALID', '请扫描微信支付被扫条码/二维码'],
  ['NOTENOUGH', '余额不足'],
  ['NOTSUPORTCARD', '不支持卡类型'],
  ['TRADE_ERROR', '交易错误'],
  ['BUYER_MISMATCH', '支付帐号错误'],
  ['ORDERPAID', '订单已支付'],
  ['OUT_TRADE_NO_USED', '商户订单号重复'],
  ['ORDERCLOSED', '订单已关闭'],
  ['ORDERREVERSED', '订单已撤销'],
  ['INVALID_REQUEST', '无效请求'],
  ['NOAUTH', '商户无权限'],
  ['APPID_NOT_EXIST', 'APPID不存在'],
  ['MCHID_NOT_EXIST', 'MCHID不存在'],
  ['APPID_MCHID_NOT_MATCH', 'appid和mch_id不匹配'],
  ['SIGNERROR', '签名错误'],
  ['PARAM_ERROR', '参数错误'],
  ['LACK_PARAMS', '缺少参数'],
  ['XML_FORMAT_ERROR', 'XML格式错误'],
  ['REQUIRE_POST_METHOD', '请使用post方法'],
  ['NOT_UTF8', '编码格式错误'],
  ['ORDERNOTEXIST', '此交易订单号不存在'],
  ['INVALID_TRANSACTIONID', '无效transaction_id'],
  ['REVERSE_EXPIRE', '订单无法撤销'],
  ['TRADE_OVERDUE', '订单已经超过退款期限'],
  ['REFUND_FEE_MISMATCH', '订单金额或退款金额与之前请求不一致'],
  ['ERROR', '累计退款金额大于支付金额'],
  ['BIZERR_NEED_RETRY', '退款业务流程错误,需要商户触发重试来解决'],
  ['REFUNDNOTEXIST', '退款订单查询失败'],
])

/** What WeChat says beside an `err_code`. */
export function described(errCode: string): string {
  return DESCRIPTIONS.get(errCode) ?? errCode
}

const CALLER = ['SIGNERROR', 'PARAM_ERROR', 'REQUIRE_POST_METHOD']
const FORM = [...CALLER, 'APPID_NOT_EXIST', 'MCHID_NOT_EXIST', 'LACK_PARAMS', 'XML_FORMAT_ERROR', 'NOT_UTF8', 'NOAUTH']
const NUMBER = ['ORDERPAID', 'OUT_TRADE_NO_USED', 'ORDERCLOSED', 'ORDERREVERSED', 'INVALID_REQUEST', 'BUYER_MISMATCH']
const CODE = ['AUTHCODEEXPIRE', 'AUTH_CODE_ERROR', 'AUTH_CODE_INVALID']
const MONEY = ['NOTENOUGH', 'NOTSUPORTCARD', 'TRADE_ERROR', 'BANKERROR', 'USERPAYING', 'APPID_MCHID_NOT_MATCH']
const REFUSED = ['NOTENOUGH', 'USER_ACCOUNT_ABNORMAL', 'TRADE_OVERDUE', 'REFUND_FEE_MISMATCH', 'ERROR', 'INVALID_REQUEST']
const RETRY = ['BIZERR_NEED_RETRY', 'ORDER_NOT_READY', 'FREQUENCY_LIMITED', 'INVALID_REQ_TOO_MUCH', 'CERT_ERROR']

/**
 * The codes each call's table lists. Reverse was seen answering USERPAYING too, which its table misses; ORDERNOTEXIST is
 * missing there as well, and whether it comes is one of the open questions.
 */
const LISTED: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['/pay/micropay', new Set(['SYSTEMERROR', ...FORM, ...NUMBER, ...CODE, ...MONEY])],
  ['/pay/orderquery', new Set(['SYSTEMERROR', 'ORDERNOTEXIST', 'FREQUENCY_LIMITED'])],
  [
    '/secapi/pay/reverse',
    new Set(['SYSTEMERROR', 'INVALID_TRANSACTIONID', 'REVERSE_EXPIRE', 'INVALID_REQUEST', 'TRADE_ERROR', ...CALLER]),
  ],
  ['/secapi/pay/refund', new Set(['SYSTEMERROR', 'ORDERNOTEXIST', 'INVALID_TRANSACTIONID', ...FORM, ...REFUSED, ...RETRY])],
  ['/pay/refundquery', new Set(['SYSTEMERROR', 'REFUNDNOTEXIST', 'INVALID_TRANSACTIONID', ...FORM])],
])

/** Whether the table of a call lists a code. */
export function isListed(path: string, errCode: string): boolean {
  return LISTED.get(path)?.has(errCode) ?? false
}
