/**
 * Fields of checkout, login and sign-up forms of shops, banks and content systems. Each is one line: type, name, and after a
 * second space the value of autocomplete. None of them may ever be sent.
 */
export const SECRET_FIELDS = `
password password
password pass
password passwd
password pwd
password user_pass
password user[password]
password user[password_confirmation]
password password1
password password2
password new_password new-password
password current_password current-password
password passwordConfirm
password login[password]
password session[password]
password customer[password]
password account_password
password j_password
password os_password
password wp-password
password secret
password pin
password x
password field-7
password q current-password
text password
text passwd
text user_password
text userPassword
text pass_phrase
text passphrase
text pwd
text pwd_again
text old-pwd
text confirmPwd
text temp_pass
text unmasked new-password
text plain current-password
text pin
text user_pin
text card-pin
text PIN
text atm_pin
text pin_code
text pin-code
text pincode
text pinCode
text user[pin_code]
text card_pin_code
text pin2
text pin_confirmation
text pinNumber
text pinConfirm
text confirmPin
password pw
text pw
text new_pw
text user_cc
text billing-cc-1
text order[cc]
tel pincode_otp
text otp
tel otp_code
text login_otp
text sms one-time-code
text code one-time-code
text mfa one-time-code
number verification one-time-code
text one_time_password
text onetimecode
text totp
text token
text api_token
text access-token
text csrf_token
text csrfmiddlewaretoken
text _csrf
text security_code
text securityCode
text sec_code
text secret_answer
text secretQuestion
text security-question
text security_num
text card_number
text cardnumber
text cardNumber
text card-number
text card_no
text cardnum
text CardNum
text credit_card
text creditCard
text creditcard_number
text credit-card-number
text debit_card
text payment[card_number]
text payment[cc_number]
text payment[cc_owner]
text payment[cc_exp_month]
text payment[cc_cid]
text cc
text ccnum
text cc_num
text ccNumber
text cc-number
text cc_name
text ccname
text cc_holder
text cc_type
text my_ccnum
text number cc-number
text n cc-number
text holder cc-name
text given cc-given-name
text valid cc-exp
text month cc-exp-month
text year cc-exp-year
text check cc-csc
text kind cc-type
text sum section-a billing cc-number
text card_holder
text cardholder_name
text cardholder-name
text name_on_card
text nameoncard
text gift_card
text exp
text exp_date
text exp_month
text exp_year
text exp-date
text expiry
text expiry_date
text expiryDate
text expiration
text expiration_month
text expirationYear
text card[exp]
text cc_expires
text expires
text cvc
text cvv
text cvv2
text cvn
text CVC2
text card_cvc
text card-cvv
text cvc_number
text cvv_code
text csc
text card_csc
text security_csc
text billing_name
text billing_first_name
text billing_last_name
text billing_address
text billing_address_1
text billing[address][street]
text billing_city
text billing_postcode
text billing_country
text billing_phone
text billing-email
email billing_email
text order[billing_address_attributes][zipcode]
text billingZip
text ssn
text SSN
text user_ssn
text ssn_last4
text social_security
text social_security_number
text socialSecurityNumber
text soc_sec
text socsec
text tax_id
text taxid
text taxId
text iban
text IBAN
text account_iban
text bank_account
text bankAccountNumber
text account_number
text account-no
text accountNumber
text account_holder
text routing_number
text routingNumber
text aba_routing
select cc_type
select card_type
select expiry_month
select expirationYear
select exp-year
select card[exp_month]
select billing_country
select billing_state
radio card
radio saved_card
radio payment[cc]
checkbox billing_same
checkbox save_card
hidden csrf
hidden authenticity_token
hidden _token
hidden __RequestVerificationToken
hidden nonce
hidden form_key
hidden user_id
hidden userid
hidden email
hidden login
hidden username
hidden customer_email
hidden redirect
hidden price
hidden quantity
hidden utm_source
hidden g-recaptcha-response
hidden cart_id
hidden session
hidden a[b]
hidden list[]
file upload
file avatar
file id_card
submit go
submit login
submit email
button username
image login
reset email
textarea notes
textarea email
textarea comment
textarea card_message
search q
url homepage
tel phone
number amount
date birthday
color shade
range age
time at
datetime-local when
`
  .trim()
  .split('\n')
  .map((line) => {
    const [type, name, ...autocomplete] = line.split(' ');
    return { type: type!, name: name!, autocomplete: autocomplete.join(' ') };
  });

/** Card numbers that were published for testing, in the forms in which people type them. */
export const CARD_NUMBERS = [
  '4111111111111111',
  '4111 1111 1111 1111',
  '4111-1111-1111-1111',
  '5555 5555 5555 4444',
  '378282246310005',
  '3782 822463 10005',
  '30569309025904',
  '6011111111111117',
  '6759649826438453',
  '4222222222222',
  ' 4111 1111 1111 1111 ',
];
