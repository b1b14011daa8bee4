"""Where the payer's pages stand: under /c/, each door's calls below it; by the invoice with the link's token; under
/card/ that of a card that ends, under /plan/ that of a subscription that renews, and under /back/ that of one that has
ended.
"""

from django.urls import path

from tideover.customer import allowing, forwarding, old_links, texting, views
from tideover.customer.canceling import views as canceling
from tideover.customer.doors.again import views as again
from tideover.customer.doors.card import views as card
from tideover.customer.doors.day import views as day
from tideover.customer.doors.parts import views as parts
from tideover.customer.doors.paypal import views as paypal
from tideover.customer.doors.portal import views as portal
from tideover.customer.preview import views as preview
from tideover.customer.renewing import views as renewing
from tideover.customer.returning import views as returning

app_name = "customer"
urlpatterns = [
    path("c/<str:token>", views.page, name="card"),
    path("s/<str:token>", views.page, name="short"),
    path("c/<str:token>/again", again.again, name="again"),
    path("c/<str:token>/saved", card.saved, name="saved"),
    path("c/<str:token>/setup", card.setup, name="setup"),
    path("c/<str:token>/done", card.done, name="done"),
    path("c/<str:token>/allow", allowing.allow, name="allow"),
    path("c/<str:token>/paypal", paypal.paypal, name="paypal"),
    path("c/<str:token>/portal", portal.portal, name="portal"),
    path("c/<str:token>/promise", day.promised, name="promise"),
    path("c/<str:token>/plan", parts.agreed, name="plan"),
    path("c/<str:token>/forward", forwarding.forward, name="forward"),
    path("c/<str:token>/new-link", old_links.new_link, name="new-link"),
    path("twilio/<str:token>/status/<str:public_id>", texting.status, name="sms-status"),
    path("twilio/<str:token>/inbound", texting.inbound, name="sms-inbound"),
    path("card/<str:token>", renewing.page, name="renewing"),
    path("card/<str:token>/portal", renewing.portal, name="renewing-portal"),
    path("plan/<str:token>", canceling.page, name="canceling"),
    path("plan/<str:token>/portal", canceling.portal, name="canceling-portal"),
    path("back/<str:token>", returning.page, name="returning"),
    path("back/<str:token>/checkout", returning.checkout, name="returning-checkout"),
    path("pay-page/preview/", preview.page, name="preview"),
    path("api/update-payment/<str:invoice_id>", views.of_invoice, name="update-payment"),
]
