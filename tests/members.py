"""Members with an address each, coupons with so many uses: rules that no single stream holds."""

from typing import NamedTuple, assert_never

from esdemo import Command, Decider, Event, Rejected


class MemberRegistered(Event):
    member: str
    address: str


class CouponRedeemed(Event):
    member: str
    coupon: str


class Register(Command):
    member: str
    address: str


class Redeem(Command):
    member: str
    coupon: str
    limit: int


MemberEvent = MemberRegistered | CouponRedeemed
MemberCommand = Register | Redeem
MemberMessage = MemberEvent | MemberCommand


class Known(NamedTuple):
    """What the facts in question say."""

    addresses: frozenset[str] = frozenset()
    uses: int = 0


def decide(command: MemberCommand, known: Known) -> list[MemberEvent]:
    match command:
        case Register(_, address) if address in known.addresses:
            raise Rejected(f"{address} is taken")
        case Register(member, address):
            return [MemberRegistered(member, address)]
        case Redeem(_, _, limit) if known.uses >= limit:
            raise Rejected("the coupon is used up")
        case Redeem(member, coupon):
            return [CouponRedeemed(member, coupon)]
        case _:
            assert_never(command)


def evolve(known: Known, event: MemberEvent) -> Known:
    match event:
        case MemberRegistered():
            return known._replace(addresses=known.addresses | {event.address})
        case CouponRedeemed():
            return known._replace(uses=known.uses + 1)
        case _:
            assert_never(event)


def tags(event: MemberEvent) -> list[str]:
    match event:
        case MemberRegistered(member, address):
            return [f"member {member}", f"address {address}"]
        case CouponRedeemed(member, coupon):
            return [f"member {member}", f"coupon {coupon}"]
        case _:
            assert_never(event)


def about(command: MemberCommand) -> list[str]:
    match command:
        case Register():
            return [f"address {command.address}"]
        case Redeem():
            return [f"coupon {command.coupon}"]
        case _:
            assert_never(command)


members = Decider(decide, evolve, Known())
