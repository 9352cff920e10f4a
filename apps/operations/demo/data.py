"""The two organisations of the demo: facts only, no logic."""

from dataclasses import dataclass, field

PASSWORD = "gatepass-demo"  # known to everybody, and refused outside DEBUG

STAFF = ("support@gatepass.example", "Sam Okafor")


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a tenant; `customers` are the codes of those that a customer user sees."""

    email: str
    name: str
    role: str
    can_edit_users: bool = False
    customers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse."""

    name: str
    address1: str
    city: str
    state: str
    postcode: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Article:
    """A product and what lies of it in the first warehouse and in the others."""

    code: str
    name: str
    weight: str
    stock: int
    stock_elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer with its products; `sandbox` makes a copy for testing, too."""

    name: str
    code: str
    email: str
    articles: tuple[Article, ...] = ()
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """An API client and how much it calls in a week; `customers` are codes, none for all.

    `is_manual`: a channel whose orders wait for a person.
    """

    kind: str
    name: str
    roles: tuple[str, ...]
    weekly_calls: int
    customers: tuple[str, ...] = ()
    on_sandbox: bool = False
    is_active: bool = True
    is_manual: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion: products by their customer and codes, and the days from today on which it runs."""

    name: str
    customer: str
    codes: tuple[str, ...]
    kind: str
    value: str
    first_day: int
    last_day: int
    per_order: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """A transport product and the measures of one."""

    customer: str
    code: str
    name: str
    weight: str
    cubic: str


@dataclass(frozen=True, slots=True)
class Job:
    """A transport job that a customer's system has asked for, beside those that its orders make."""

    customer: str
    reference: str
    kind: str
    status: str
    load: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Organisation:
    """A tenant with everything in it."""

    slug: str
    name: str
    zone: str
    currency: str
    country: str
    account_manager: tuple[str, str, str]
    consignments: int
    warehouse_orders: int
    api_integration: bool
    people: tuple[Person, ...]
    places: tuple[Place, ...]
    buyers: tuple[Buyer, ...]
    callers: tuple[Caller, ...] = field(default=())
    # Route rules of the gateway: method, path, roles.
    rules: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    offers: tuple[Offer, ...] = ()
    loads: tuple[Load, ...] = ()
    jobs: tuple[Job, ...] = ()


COASTAL = Organisation(
    slug="coastal",
    name="Coastal Coffee Logistics",
    zone="Australia/Brisbane",
    currency="AUD",
    country="AU",
    account_manager=("Priya Nair", "priya.nair@gatepass.example", "+61 7 5550 0142"),
    consignments=500,
    warehouse_orders=250,
    api_integration=True,
    people=(
        Person("admin@coastal.example", "Brittany Cashel", "administrator", can_edit_users=True),
        Person("limited@coastal.example", "Tom Reyes", "administrator"),
        Person("viewer@coastal.example", "Aiko Tanaka", "viewer"),
        Person("customer@coastal.example", "Lena Fischer", "customer", customers=("COAST",)),
    ),
    places=(
        Place("Brisbane Depot", "18 Export Street", "Lytton", "QLD", "4178"),
        Place("Gold Coast Cross-dock", "7 Computer Road", "Yatala", "QLD", "4207"),
        Place("Old Eagle Farm Shed", "2 Links Avenue", "Eagle Farm", "QLD", "4009", is_active=False),
    ),
    buyers=(
        Buyer(
            "Coastal Coffee Company",
            "COAST",
            "orders@coastalcoffee.example",
            (
                Article("BEAN-ESP-1KG", "Espresso beans, 1 kg", "1.1", 480, 120),
                Article("BEAN-DEC-1KG", "Decaf beans, 1 kg", "1.1", 140, 60),
                Article("CUP-8OZ-50", "Paper cups 8 oz, 50", "0.6", 900, 300),
                Article("CUP-12OZ-50", "Paper cups 12 oz, 50", "0.8", 760),
                Article("LID-50", "Cup lids, 50", "0.2", 1200),
            ),
            sandbox=True,
        ),
        Buyer(
            "ABC Foods",
            "ABC",
            "logistics@abcfoods.example",
            (
                Article("OIL-OLV-4L", "Olive oil, 4 l", "4.2", 220, 80),
                Article("RICE-JAS-5KG", "Jasmine rice, 5 kg", "5.1", 340),
                Article("TOM-CAN-12", "Canned tomatoes, 12", "6.0", 510, 90),
            ),
        ),
        Buyer(
            "Blue Kettle Teas",
            "BKT",
            "ops@bluekettle.example",
            (
                Article("MUG-12", "Mug 12 oz", "0.4", 260),
                Article("TEA-EB-100", "English breakfast, 100 bags", "0.3", 430, 70),
                Article("TEA-CHM-100", "Chamomile, 100 bags", "0.3", 9),
            ),
        ),
        Buyer(
            "Tidewater Surf Supply",
            "TIDE",
            "stock@tidewater.example",
            (Article("WAX-6", "Surf wax, 6", "0.5", 88),),
        ),
    ),
    callers=(
        Caller("client", "Coastal Coffee web shop", ("WMS_CREATE_JOBS", "TMS_CREATE_JOBS"), 1450, ("COAST",)),
        Caller("client", "ABC Foods Booking System", ("WMS_CREATE_JOBS", "TMS_CREATE_JOBS"), 1100, ("ABC",)),
        Caller("client", "Blue Kettle ERP connector", ("WMS_CREATE_JOBS",), 620, ("BKT",)),
        Caller(
            "client",
            "Coastal Coffee web shop (testing)",
            ("WMS_CREATE_JOBS",),
            160,
            ("COAST",),
            on_sandbox=True,
        ),
        Caller("client", "Tidewater trial", ("WMS_CREATE_JOBS",), 0, ("TIDE",), is_active=False),
        Caller("channel", "Marketplace orders", ("ORDER_API_ACCESS",), 240),
        Caller("channel", "Wholesale desk", ("ORDER_API_ACCESS",), 40, is_manual=True),
        Caller("bearer", "Order Management", ("WMS_CREATE_JOBS", "TMS_CREATE_JOBS"), 310),
        Caller("bearer", "Catalog Management", ("WMS_ADD_PRODUCT", "WMS_EDIT_PRODUCT"), 90),
        Caller("access", "coastal.pim", ("PRODUCT_API_ACCESS",), 60),
    ),
    rules=(
        ("GET", "/stock/{sku}", ("WMS_CREATE_JOBS", "WMS_EDIT_PRODUCT")),
        ("ANY", "/v2/shipments/**", ("TMS_CREATE_JOBS",)),
        ("GET", "/v2/shipments/*/labels", ("TMS_VIEW_JOBS", "WMS_CREATE_JOBS")),
    ),
    offers=(
        Offer("Espresso weeks", "COAST", ("BEAN-ESP-1KG", "BEAN-DEC-1KG"), "PERCENT", "12.5", -10, 18, 6),
        Offer("Tea for winter", "BKT", ("TEA-EB-100", "TEA-CHM-100"), "AMOUNT", "1.25", 5, 40),
        Offer("Pantry clearance", "ABC", ("TOM-CAN-12",), "PERCENT", "20", -45, -15),
    ),
    loads=(
        Load("COAST", "PALLET-STD", "Standard pallet", "420", "1.9"),
        Load("ABC", "CRATE-CHILL", "Chilled crate", "38", "0.12"),
    ),
    jobs=(
        Job("COAST", "CN-2001", "PICKUP", "AWAITING_PICKUP", "Standard pallets", 2),
        Job("ABC", "CN-3001", "DELIVERY", "IN_TRANSIT_WAREHOUSE_DELIVERY", "Chilled crates", 6),
    ),
)

HARBOUR = Organisation(
    slug="harbour",
    name="Harbour Freight NZ",
    zone="Pacific/Auckland",
    currency="NZD",
    country="NZ",
    account_manager=("Priya Nair", "priya.nair@gatepass.example", "+64 9 555 0187"),
    consignments=0,
    warehouse_orders=1000,
    api_integration=False,
    people=(Person("admin@harbour.example", "Wiremu Clarke", "administrator", can_edit_users=True),),
    places=(Place("Tauriko Warehouse", "44 Whiore Avenue", "Tauranga", "Bay of Plenty", "3110"),),
    buyers=(
        Buyer(
            "Kauri Homewares",
            "KAURI",
            "dispatch@kauri.example",
            (
                Article("LAMP-DSK", "Desk lamp", "1.9", 150),
                Article("RUG-WOOL-M", "Wool rug, medium", "6.5", 64),
            ),
            sandbox=True,
        ),
        Buyer(
            "Southern Cellars",
            "CELLAR",
            "trade@southerncellars.example",
            (Article("PN-6", "Pinot noir, 6", "8.4", 300),),
        ),
    ),
    callers=(
        Caller("client", "Kauri storefront", ("WMS_CREATE_JOBS", "TMS_CREATE_JOBS"), 4900, ("KAURI",)),
        Caller("client", "Southern Cellars ERP", ("WMS_CREATE_JOBS",), 1300, ("CELLAR",)),
        Caller("bearer", "Order Management", ("WMS_CREATE_JOBS", "TMS_CREATE_JOBS"), 120),
    ),
)

ORGANISATIONS = (COASTAL, HARBOUR)
