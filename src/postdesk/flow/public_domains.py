"""Mail domains that everybody can get an address in: sharing one proves nothing."""

_NAMES = """
126.com 163.com aim.com aol.com arcor.de bigpond.com bluewin.ch bol.com.br btinternet.com
centurylink.net charter.net comcast.net cox.net daum.net duck.com earthlink.net fastmail.com
free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net
hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com
icloud.com inbox.lv interia.pl juno.com laposte.net libero.it live.co.uk live.com live.de
live.fr live.nl mac.com mail.com mail.ru mailbox.org me.com msn.com naver.com ntlworld.com
o2.pl optonline.net orange.fr outlook.at outlook.com outlook.de outlook.es outlook.fr
outlook.jp pm.me posteo.de proton.me protonmail.ch protonmail.com qq.com rediffmail.com
rocketmail.com rogers.com sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com t-online.de
talktalk.net terra.com.br tiscali.it tuta.com tutanota.com uol.com.br verizon.net virgilio.it
virginmedia.com wanadoo.fr web.de wp.pl yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com
yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru ymail.com ziggo.nl
zoho.com
"""

PUBLIC_MAIL_DOMAINS = frozenset(_NAMES.split())
