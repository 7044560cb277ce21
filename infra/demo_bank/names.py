"""Names of people, companies and places, as they are in the Yangtze delta's textile towns."""

from infra.demo_bank.dice import Dice

SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
)
GIVEN = tuple(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文斌宇浩欣怡佳琪梦雪晨曦子轩雨涵思远志鹏海燕春梅立新晓东"
)
BRANDS_FIRST = tuple("锦宏瑞嘉恒永新盛华振金鸿德凯祥富荣源泰安")
BRANDS_THEN = tuple("华达丰源隆兴茂昌利和远诚辉通发信业盛成康")
TRADES = (
    "纺织", "服装", "印染", "丝绸", "化纤", "童装", "针织", "家纺", "机械", "电子",
    "建材", "食品", "物流", "贸易", "包装", "木业", "五金", "塑料", "新材料", "环保",
)  # fmt: skip
FORMS = ((80, "有限公司"), (15, "股份有限公司"), (5, "有限责任公司"))


def person_name(dice: Dice) -> str:
    """A surname and one or two characters."""
    return dice.one_of(SURNAMES) + "".join(dice.one_of(GIVEN) for _ in range(2 if dice.in_100(72) else 1))


def company_names(dice: Dice, count: int, first: str) -> list[str]:
    """Different names, the named one first."""
    names = [first]
    while len(names) < count:
        name = dice.one_of(BRANDS_FIRST) + dice.one_of(BRANDS_THEN) + dice.one_of(TRADES) + dice.weighted(FORMS)
        if name not in names:
            names.append(name)
    return names
