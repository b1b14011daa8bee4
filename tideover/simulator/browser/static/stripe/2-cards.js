// What a card number, an expiry date and a security code must look like before they are worth sending.

const BRANDS = [
  { brand: "amex", pattern: /^3[47]/, lengths: [15], code: 4 },
  { brand: "discover", pattern: /^(6011|64[4-9]|65)/, lengths: [16], code: 3 },
  { brand: "mastercard", pattern: /^(5[1-5]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720))/, lengths: [16], code: 3 },
  { brand: "jcb", pattern: /^35(2[89]|[3-8])/, lengths: [16], code: 3 },
  { brand: "diners", pattern: /^3(0[0-5]|[689])/, lengths: [14], code: 3 },
  { brand: "unionpay", pattern: /^62/, lengths: [16, 19], code: 3 },
  { brand: "visa", pattern: /^4/, lengths: [16, 13], code: 3 },
];
const UNKNOWN = { brand: "unknown", lengths: [16], code: 3 };

const digits = (text) => text.replace(/\D/g, "");
const brandOf = (number) => BRANDS.find(({ pattern }) => pattern.test(number)) || UNKNOWN;

function luhn(number) {
  let sum = 0;
  [...number].reverse().forEach((digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return sum % 10 === 0;
}

function grouped(number) {
  const groups = brandOf(number).brand === "amex" ? /^(\d{0,4})(\d{0,6})(\d{0,5})/ : /^(\d{0,4})(\d{0,4})(\d{0,4})(\d{0,7})/;
  return groups.exec(number).slice(1).filter(Boolean).join(" ");
}

function expiryText(text) {
  const only = digits(text).slice(0, 4);
  const padded = /^[2-9]/.test(only) ? `0${only}`.slice(0, 4) : only;
  return padded.length > 2 ? `${padded.slice(0, 2)} / ${padded.slice(2)}` : padded;
}

function expiryOf(text) {
  const only = digits(text);
  return only.length === 4 ? { month: Number(only.slice(0, 2)), year: 2000 + Number(only.slice(2)) } : null;
}

// Each check answers null or the error as Stripe words it.
function numberError(text) {
  const number = digits(text);
  const { lengths } = brandOf(number);
  if (!number || number.length < Math.min(...lengths)) return invalid("incomplete_number", "Your card number is incomplete.");
  return luhn(number) && lengths.includes(number.length) ? null : invalid("invalid_number", "Your card number is invalid.");
}

function expiryError(text, today = new Date()) {
  const expiry = expiryOf(text);
  if (!expiry || expiry.month < 1 || expiry.month > 12) {
    return invalid("incomplete_expiry", "Your card's expiration date is incomplete.");
  }
  const past = expiry.year < today.getFullYear() || (expiry.year === today.getFullYear() && expiry.month <= today.getMonth());
  return past ? invalid("invalid_expiry_year_past", "Your card's expiration date is in the past.") : null;
}

function codeError(text, number) {
  return digits(text).length === brandOf(digits(number)).code
    ? null
    : invalid("incomplete_cvc", "Your card's security code is incomplete.");
}

function filled(text, code, message) {
  return text.trim() ? null : invalid(code, message);
}

function invalid(code, message) {
  return failure("validation_error", code, message);
}
